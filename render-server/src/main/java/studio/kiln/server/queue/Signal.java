package studio.kiln.server.queue;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells waiting threads that there may be something to do. Whoever reads {@link #version} before looking and waits with
 * it afterwards misses nothing.
 */
public final class Signal {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition raised = lock.newCondition();
    private long version;

    public long version() {
        lock.lock();
        try {
            return version;
        } finally {
            lock.unlock();
        }
    }

    public void raise() {
        lock.lock();
        try {
            version++;
            raised.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it was raised since {@code seen}, or the time has passed; says whether it was raised. */
    public boolean await(long seen, Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        lock.lock();
        try {
            while (version == seen && left > 0) {
                left = raised.awaitNanos(left);
            }
            return version != seen;
        } finally {
            lock.unlock();
        }
    }
}
