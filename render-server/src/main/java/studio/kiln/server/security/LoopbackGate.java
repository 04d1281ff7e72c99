package studio.kiln.server.security;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.server.audit.Acting;

/**
 * Lets the local user in and nobody else. A web page that the user looks at can reach loopback ports too, under a name of
 * its own that it points there (DNS rebinding) or from its own origin; so a request must be addressed to the loopback by
 * name or number, must not come from a foreign origin, and must bear the token.
 */
public final class LoopbackGate implements Gate {
    private static final Set<String> HERE = Set.of("127.0.0.1", "localhost", "[::1]");
    private static final String BEARER = "Bearer ";

    private final String token;
    private final Caller user;

    public LoopbackGate(String token, Caller user) {
        this.token = token;
        this.user = user;
    }

    @Override
    public void checkPlace(Incoming request) {
        String host = request.host();
        String origin = request.origin();
        if (host == null || !HERE.contains(withoutPort(host))) {
            throw forbidden("This server answers only to 127.0.0.1 and localhost, not to the name '" + host
                    + "'. Use its address http://127.0.0.1:PORT.");
        }
        if (origin != null && !isHere(origin)) {
            throw forbidden("A page of '" + origin + "' may not use this server.");
        }
    }

    @Override
    public Caller identify(Incoming request) {
        String authorization = request.authorization();
        if (authorization == null) {
            throw unauthorized("The request bears no token. Send 'Authorization: Bearer TOKEN' with the token from"
                    + " run/server.json in the data folder.");
        }
        if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                || !Tokens.same(token, authorization.substring(BEARER.length()).strip())) {
            throw unauthorized("The token is not the one of this server. It changes with every start: read"
                    + " run/server.json in the data folder again.");
        }
        return user;
    }

    @Override
    public boolean mayBlock(Incoming request) {
        return false;
    }

    @Override
    public boolean stillStands(Caller caller) {
        return true;
    }

    @Override
    public void onChange(Runnable look) {
        // the local user stands always
    }

    @Override
    public Optional<Acting> acting(Caller caller, Incoming request, String route) {
        return Optional.empty();
    }

    @Override
    public void refused(Caller caller, Incoming request, String route, String why) {
        // the local user may do everything
    }

    private static boolean isHere(String origin) {
        try {
            URI uri = URI.create(origin);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && HERE.contains(uri.getHost().toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String withoutPort(String host) {
        return Optional.of(host.lastIndexOf(':'))
                .filter(colon -> colon > host.lastIndexOf(']'))
                .map(colon -> host.substring(0, colon))
                .orElse(host)
                .toLowerCase(Locale.ROOT);
    }

    private static ApiException forbidden(String detail) {
        return new ApiException(Problem.of(403, "FORBIDDEN", "The request may not come in", detail));
    }

    private static ApiException unauthorized(String detail) {
        return new ApiException(Problem.of(401, "UNAUTHORIZED", "The caller is not known", detail));
    }
}
