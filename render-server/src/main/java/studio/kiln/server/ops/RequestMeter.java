package studio.kiln.server.ops;

import java.time.Duration;

/** Counts requests. Called when an answer has gone out, on threads that must not wait. */
@FunctionalInterface
public interface RequestMeter {
    /**
     * @param route as it is declared, with its parameters in braces; "none" when there is no such route
     * @param took from the head of the request to the end of the answer
     */
    void answered(String method, String route, int status, Duration took);
}
