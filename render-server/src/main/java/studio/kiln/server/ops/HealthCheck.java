package studio.kiln.server.ops;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Asks the parts of a server whether they can do their work. */
public final class HealthCheck {
    private final Map<String, Callable<String>> parts = new LinkedHashMap<>();

    /** @param check gives {@code up}, or says in a sentence what is wrong; an exception says so too */
    public HealthCheck with(String part, Callable<String> check) {
        parts.put(part, check);
        return this;
    }

    /** Each part with its answer, in the order in which they were named. */
    public Map<String, String> ask() {
        Map<String, String> answers = new LinkedHashMap<>();
        parts.forEach((part, check) -> answers.put(part, ask(check)));
        return answers;
    }

    private static String ask(Callable<String> check) {
        try {
            return check.call();
        } catch (Exception e) {
            return "does not answer: " + e.getMessage();
        }
    }
}
