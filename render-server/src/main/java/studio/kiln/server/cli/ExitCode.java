package studio.kiln.server.cli;

/** What the exit codes of every command mean. */
public final class ExitCode {
    public static final int DONE = 0;
    /** The work was tried and failed. */
    public static final int FAILED = 1;
    /** Wrong usage, or input that cannot be used. */
    public static final int UNUSABLE = 2;
    /** Nothing here can render. */
    public static final int NOTHING_RENDERS = 3;
    /** Ended by Ctrl-C. */
    public static final int INTERRUPTED = 130;
    /** Ended by SIGTERM. */
    public static final int TERMINATED = 143;

    private ExitCode() {}
}
