import CLinux
import Glibc

/// A thread that runs no task, and so has neither task-local values nor a task's priority.
///
/// A task that is begun on it inherits nothing from whoever needed it. It ends with what it was started for.
package enum PlainThread {
    fileprivate final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` once on a new thread.
    ///
    /// - Returns: 0, or the error number when the system gives no thread; `body` does not run then.
    package static func run(_ body: @escaping @Sendable () -> Void) -> Int32 {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Work(body))
        // The thread inherits the mask: the host's signal handlers stay on the host's threads.
        var (all, old) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &old)
        let code = unsafe pthread_create(&thread, nil, plainThreadMain, context.toOpaque())
        unsafe pthread_sigmask(SIG_SETMASK, &old, nil)
        guard code == 0 else {
            unsafe context.release()
            return code
        }
        pthread_detach(thread)
        return 0
    }
}

private nonisolated func plainThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<PlainThread.Work>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
