import HTTPSessionPool

/// Mentions the core product, so that the linker keeps it.
@main enum LinkageProbe {
    static func main() async {
        await SessionPool.closeShared()
    }
}
