package studio.kiln.core.task;

import java.util.Arrays;
import java.util.Collection;

/**
 * How many chunks of one task are in each state. The same numbers live in the task's row, where every transition updates
 * them under the row's lock; the task's state is derived from them and never from counting chunk rows.
 */
public record ChunkCounts(int ready, int leased, int running, int retryWait, int succeeded, int failed, int cancelled) {
    public static final ChunkCounts NONE = new ChunkCounts(0, 0, 0, 0, 0, 0, 0);

    public ChunkCounts {
        if (Math.min(
                        Math.min(Math.min(ready, leased), Math.min(running, retryWait)),
                        Math.min(Math.min(succeeded, failed), cancelled))
                < 0) {
            throw new IllegalArgumentException("A count of chunks fell below zero: "
                    + Arrays.asList(ready, leased, running, retryWait, succeeded, failed, cancelled));
        }
    }

    /** Counts the states of the given chunks. */
    public static ChunkCounts of(Collection<ChunkState> states) {
        ChunkCounts counts = NONE;
        for (ChunkState state : states) {
            counts = counts.plus(state, 1);
        }
        return counts;
    }

    public int get(ChunkState state) {
        return switch (state) {
            case READY -> ready;
            case LEASED -> leased;
            case RUNNING -> running;
            case RETRY_WAIT -> retryWait;
            case SUCCEEDED -> succeeded;
            case FAILED -> failed;
            case CANCELLED -> cancelled;
        };
    }

    /** These counts with {@code n} more (or fewer) in a state. */
    public ChunkCounts plus(ChunkState state, int n) {
        return switch (state) {
            case READY -> new ChunkCounts(ready + n, leased, running, retryWait, succeeded, failed, cancelled);
            case LEASED -> new ChunkCounts(ready, leased + n, running, retryWait, succeeded, failed, cancelled);
            case RUNNING -> new ChunkCounts(ready, leased, running + n, retryWait, succeeded, failed, cancelled);
            case RETRY_WAIT -> new ChunkCounts(ready, leased, running, retryWait + n, succeeded, failed, cancelled);
            case SUCCEEDED -> new ChunkCounts(ready, leased, running, retryWait, succeeded + n, failed, cancelled);
            case FAILED -> new ChunkCounts(ready, leased, running, retryWait, succeeded, failed + n, cancelled);
            case CANCELLED -> new ChunkCounts(ready, leased, running, retryWait, succeeded, failed, cancelled + n);
        };
    }

    /** These counts after one chunk went from one state to another. */
    public ChunkCounts move(ChunkState from, ChunkState to) {
        return plus(to, 1).plus(from, -1);
    }

    public int active() {
        return leased + running;
    }

    /** Chunks that still have to be worked on, those that run included. */
    public int open() {
        return ready + leased + running + retryWait;
    }

    public int total() {
        return open() + succeeded + failed + cancelled;
    }
}
