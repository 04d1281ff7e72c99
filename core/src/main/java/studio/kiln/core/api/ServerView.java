package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;

/**
 * Who answers, and how busy it is.
 *
 * @param mode {@code offline} or {@code studio}
 * @param dataFolder where everything is kept; null for a remote caller
 * @param freeBytes left on the disk of the data folder
 */
public record ServerView(
        String version,
        String mode,
        String user,
        int slots,
        int busySlots,
        int openTasks,
        @Nullable String dataFolder,
        long freeBytes,
        long dataBytes) {}
