package studio.kiln.server.security;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.ApiException;
import studio.kiln.server.audit.Acting;

/** Whether a request may come in at all, and who sent it. Safe for any number of threads. */
public interface Gate {
    /**
     * Refuses requests that were led here by a foreign page.
     *
     * @throws ApiException 403
     */
    void checkPlace(Incoming request);

    /**
     * Says who bears the header {@code Authorization}.
     *
     * @throws ApiException 401 when it is absent or nobody's
     */
    Caller identify(Incoming request);

    /** Whether {@link #identify} may have to wait for the database; asked on threads that must not wait. */
    boolean mayBlock(Incoming request);

    /** Whether what a caller showed earlier would still let them in, with the same rights; for what lasts long. */
    boolean stillStands(Caller caller);

    /** Calls {@code look} whenever somebody may stand no longer; it must not take long. */
    void onChange(Runnable look);

    /** Under what the request runs, for the audit log; empty where none is kept. */
    Optional<Acting> acting(Caller caller, Incoming request, String route);

    /** Says that a caller lacks what a route needs. */
    void refused(Caller caller, Incoming request, String route, String why);

    /**
     * A request, as far as its head tells.
     *
     * @param peer the other end of the connection
     * @param local this end of it
     */
    record Incoming(
            InetSocketAddress peer,
            InetSocketAddress local,
            @Nullable String host,
            @Nullable String origin,
            @Nullable String authorization,
            @Nullable String forwardedFor,
            @Nullable String forwardedHost) {}
}
