/// How long what runs may go on when something is closed and nobody says how long: one answer for sessions, pools of
/// sessions, pools of resources, and the program's settings.
public enum Grace {
    /// 30 s: the default of every `grace` parameter, and of the setting `drain_timeout`.
    ///
    /// It is a limit and no wait: what nobody uses is closed at once. `grace: .zero` aborts what runs.
    public static let byDefault: Duration = .seconds(30)
}
