package studio.kiln.server.queue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Pools that have work, each once however often it is said before somebody takes them. Safe for any number of threads. */
final class Hints {
    private final Set<String> pools = new LinkedHashSet<>();

    synchronized void add(String pool) {
        pools.add(pool);
    }

    synchronized List<String> take() {
        List<String> taken = List.copyOf(pools);
        pools.clear();
        return taken;
    }
}
