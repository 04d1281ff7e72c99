package studio.kiln.core.asset;

import java.io.IOException;
import java.util.Locale;

/** What the local disk says when it takes no more. */
public final class Disk {
    private Disk() {}

    /**
     * Whether that came about because a disk is full or its user's share used up. Java has no exception of its own for it,
     * only the system's words, which come alone or as the reason of a {@link java.nio.file.FileSystemException}.
     */
    public static boolean isFull(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            String text =
                    t instanceof IOException ? String.valueOf(t.getMessage()).toLowerCase(Locale.ROOT) : "";
            if (text.contains("no space left")
                    || text.contains("not enough space")
                    || text.contains("quota exceeded")) {
                return true;
            }
        }
        return false;
    }
}
