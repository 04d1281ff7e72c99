package studio.kiln.server.cli;

/**
 * What is said on the way: whole lines, and on a terminal one line at the bottom that is written anew as things move.
 * Safe for any thread.
 */
public final class StatusLine {
    private static final long REDRAW_NANOS = 80_000_000;

    private final Surroundings here;
    private final boolean quiet;
    private String shown = "";
    private long drawn = Long.MIN_VALUE;

    /** @param quiet whether moving lines and notices are left out; warnings are said all the same */
    public StatusLine(Surroundings here, boolean quiet) {
        this.here = here;
        this.quiet = quiet;
    }

    /** Whether a moving line is seen at all. */
    public boolean moves() {
        return here.screen() && !quiet;
    }

    /** Writes the moving line anew, not more often than an eye follows. */
    public synchronized void show(String text) {
        long now = System.nanoTime();
        if (moves() && (drawn == Long.MIN_VALUE || now - drawn > REDRAW_NANOS)) {
            draw(text);
            drawn = now;
        }
    }

    private void draw(String text) {
        String line = Text.fit(text, Math.max(20, here.columns() - 1));
        here.err().print("\r" + line + " ".repeat(Math.max(0, Text.width(shown) - Text.width(line))) + "\r");
        here.err().flush();
        shown = line;
    }

    /** Takes the moving line away. */
    public synchronized void clear() {
        if (!shown.isEmpty()) {
            draw("");
            drawn = Long.MIN_VALUE;
        }
    }

    /** Says a line to a person, above the moving one. */
    public synchronized void say(String line) {
        if (!quiet) {
            warn(line);
        }
    }

    /** Says a line that is said even when a command is quiet. */
    public synchronized void warn(String line) {
        clear();
        here.err().println(line);
        here.err().flush();
    }

    /** A result, for whoever reads the standard output; nothing when a command is quiet. */
    public synchronized void result(String line) {
        if (!quiet) {
            clear();
            here.out().println(line);
            here.out().flush();
        }
    }
}
