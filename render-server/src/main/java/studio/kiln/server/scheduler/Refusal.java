package studio.kiln.server.scheduler;

import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;

/** What a person asked for cannot be done; each says why. */
final class Refusal {
    private Refusal() {}

    static ApiException notFound(String what, String id) {
        return of(404, "NOT_FOUND", "Not found", "There is no " + what + " '" + id + "' here.");
    }

    static ApiException conflict(String code, String detail) {
        return of(409, code, "Not possible now", detail);
    }

    static ApiException unusable(String code, String detail) {
        return of(422, code, "Cannot be rendered", detail);
    }

    static ApiException of(int status, String code, String title, String detail) {
        return new ApiException(Problem.of(status, code, title, detail));
    }
}
