print("session-pool")
