package studio.kiln.server.security;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.audit.AuditLog;

/** Lets in who bears a session or a token of an account; and, to see and to end the server, its own console. */
public final class AccountGate implements Gate {
    private static final String BEARER = "Bearer ";

    private final Places places;
    private final Credentials credentials;
    private final NodeCredentials nodes;
    private final AuditLog audit;
    private final AccessVersion version;
    private final String consoleToken;

    /** @param consoleToken stands in run/server.json, and is taken from this machine only */
    public AccountGate(
            Places places,
            Credentials credentials,
            NodeCredentials nodes,
            AuditLog audit,
            AccessVersion version,
            String consoleToken) {
        this.places = places;
        this.credentials = credentials;
        this.nodes = nodes;
        this.audit = audit;
        this.version = version;
        this.consoleToken = consoleToken;
    }

    @Override
    public void checkPlace(Incoming request) {
        places.check(request);
    }

    @Override
    public boolean mayBlock(Incoming request) {
        String secret = secret(request.authorization());
        return secret != null && !(isOfNode(secret) ? nodes.isRemembered(secret) : credentials.isRemembered(secret));
    }

    @Override
    public Caller identify(Incoming request) {
        String secret = secret(request.authorization());
        if (secret == null) {
            throw unauthorized("The request bears no token. Sign in with 'kiln login', or send 'Authorization: Bearer"
                    + " TOKEN' with a token of yours.");
        }
        if (Tokens.same(consoleToken, secret) && isFromHere(request)) {
            return new Caller.Console();
        }
        if (isOfNode(secret)) {
            return nodes.look(secret)
                    .orElseThrow(
                            () -> unauthorized("This server knows no node with that secret; it may have been removed."
                                    + " Let the machine join again: kiln node --enrol TOKEN."));
        }
        return switch (credentials.look(secret)) {
            case Credentials.Shown.Good good -> good.person();
            case Credentials.Shown.Past past -> {
                audit.refused(
                        past.person(),
                        address(request),
                        "enter",
                        "user",
                        past.person().name(),
                        "The token " + past.why());
                throw unauthorized(
                        "The token " + past.why() + ". Sign in again with 'kiln login', or make a new token.");
            }
            case Credentials.Shown.Foreign foreign ->
                throw unauthorized("This server does not know that token. Sign in with 'kiln login', or make a token"
                        + " on this server.");
        };
    }

    private static boolean isOfNode(String secret) {
        return secret.startsWith(NodeCredentials.PREFIX);
    }

    private boolean isFromHere(Incoming request) {
        return request.peer().getAddress().isLoopbackAddress()
                && !places.isProxy(request.peer())
                && request.forwardedFor() == null;
    }

    @Override
    public boolean stillStands(Caller caller) {
        return switch (caller) {
            case Caller.Person person ->
                credentials.now(person.credential().id()).filter(person::equals).isPresent();
            case Caller.Node node -> nodes.stands(node);
            default -> true;
        };
    }

    @Override
    public void onChange(Runnable look) {
        version.onChange(look);
    }

    @Override
    public Optional<Acting> acting(Caller caller, Incoming request, String route) {
        // what nodes do is the timeline's
        return caller instanceof Caller.Node
                ? Optional.empty()
                : Optional.of(new Acting(caller, address(request), route));
    }

    @Override
    public void refused(Caller caller, Incoming request, String route, String why) {
        audit.refused(caller, address(request), route, "route", "", why);
    }

    private String address(Incoming request) {
        return places.address(request);
    }

    private static @Nullable String secret(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : null;
    }

    private static ApiException unauthorized(String detail) {
        return new ApiException(Problem.of(401, "UNAUTHORIZED", "The caller is not known", detail));
    }
}
