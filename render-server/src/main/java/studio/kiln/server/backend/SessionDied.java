package studio.kiln.server.backend;

import java.io.IOException;

/** Blender ended while something was asked of it. */
public final class SessionDied extends IOException {
    private static final long serialVersionUID = 1;

    private final int exitCode;
    private final boolean outOfMemory;
    private final String lastLines;

    /**
     * @param exitCode of the process; 128 + n for signal n
     * @param outOfMemory whether the system killed it for want of memory
     * @param lastLines what it printed last
     */
    public SessionDied(int exitCode, boolean outOfMemory, String lastLines) {
        super("Blender ended unexpectedly (exit code " + exitCode + (outOfMemory ? ", out of memory" : "") + "): "
                + lastLines);
        this.exitCode = exitCode;
        this.outOfMemory = outOfMemory;
        this.lastLines = lastLines;
    }

    /** What Blender printed last. */
    public String lastLines() {
        return lastLines;
    }

    public int exitCode() {
        return exitCode;
    }

    public boolean outOfMemory() {
        return outOfMemory;
    }

    /** Whether it crashed by a signal such as a segmentation fault, rather than being stopped or ending by itself. */
    public boolean crashed() {
        return exitCode == 139 || exitCode == 134 || exitCode == 136 || exitCode == 135 || exitCode == 132;
    }
}
