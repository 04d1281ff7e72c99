package studio.kiln.server.ops;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Asks the parts of a server whether they can do their work. */
public final class HealthCheck {
    private static final String UP = "up";

    private final Map<String, Part> parts = new LinkedHashMap<>();

    private record Part(boolean needed, Callable<String> check) {}

    /**
     * A part without which the server can do nothing.
     *
     * @param check gives {@code up}, or says in a sentence what is wrong; an exception says so too
     */
    public HealthCheck with(String part, Callable<String> check) {
        parts.put(part, new Part(true, check));
        return this;
    }

    /** A part without which the server does its work more slowly. */
    public HealthCheck helpedBy(String part, Callable<String> check) {
        parts.put(part, new Part(false, check));
        return this;
    }

    /** Each part with its answer, in the order in which they were named. */
    public Health ask() {
        Map<String, String> answers = new LinkedHashMap<>();
        String status = UP;
        for (Map.Entry<String, Part> part : parts.entrySet()) {
            String answer = ask(part.getValue().check);
            answers.put(part.getKey(), answer);
            if (!answer.equals(UP) && !status.equals(Health.DOWN)) {
                status = part.getValue().needed ? Health.DOWN : Health.DEGRADED;
            }
        }
        return new Health(status, answers);
    }

    private static String ask(Callable<String> check) {
        try {
            return check.call();
        } catch (Exception e) {
            return "does not answer: " + e.getMessage();
        }
    }
}
