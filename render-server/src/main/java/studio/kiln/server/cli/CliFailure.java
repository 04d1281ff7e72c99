package studio.kiln.server.cli;

/** A command ends here; the message is what a person reads: what happened, why, what to do. */
public final class CliFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;
    private final String code;

    /**
     * @param exitCode one of {@link ExitCode}
     * @param code stable word for programs
     */
    public CliFailure(int exitCode, String code, String message) {
        super(message);
        this.exitCode = exitCode;
        this.code = code;
    }

    public CliFailure(int exitCode, String code, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
        this.code = code;
    }

    /** Input that cannot be used. */
    public static CliFailure unusable(String code, String message) {
        return new CliFailure(ExitCode.UNUSABLE, code, message);
    }

    public int exitCode() {
        return exitCode;
    }

    public String code() {
        return code;
    }
}
