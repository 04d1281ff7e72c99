package studio.kiln.server.http;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.GroupAdd;
import studio.kiln.core.api.GroupView;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.MemberAdd;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.PasswordChange;
import studio.kiln.core.api.PasswordSet;
import studio.kiln.core.api.People;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.RoleChange;
import studio.kiln.core.api.ShareAdd;
import studio.kiln.core.api.ShareView;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.SignedIn;
import studio.kiln.core.api.TokenAdd;
import studio.kiln.core.api.TokenAdded;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.security.Accounts;
import studio.kiln.server.security.Subject;
import studio.kiln.server.security.Throttle;
import tools.jackson.core.type.TypeReference;

/** Signing in, accounts, groups, shares, and the audit log. Without accounts each but {@code GET /api/me} says so. */
final class AccountRoutes {
    private static final int MOST_ITEMS = 500;
    private static final int ITEMS = 100;

    private final @Nullable StudioAccess studio;

    AccountRoutes(@Nullable StudioAccess studio) {
        this.studio = studio;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.addAll(signingIn());
        routes.addAll(myself());
        routes.addAll(users());
        routes.addAll(groups());
        routes.addAll(shares(Subject.PROJECT));
        routes.addAll(shares(Subject.MODEL));
        routes.addAll(shares(Subject.TASK));
        routes.addAll(audit());
        return routes;
    }

    private List<Route> signingIn() {
        return List.of(
                Route.post("/api/setup", "Make the first administrator with the token that the server printed")
                        .needs(Permission.PUBLIC)
                        .takes(FirstAdmin.class)
                        .gives(201, SignedIn.class, "Made, and signed in")
                        .by(call -> throttled(
                                201, () -> studio().sessions().setUp(call.body(FirstAdmin.class), Acting.from()))),
                Route.post("/api/login", "Sign in; the answer bears the token of a session")
                        .needs(Permission.PUBLIC)
                        .takes(SignIn.class)
                        .gives(SignedIn.class)
                        .by(call -> throttled(
                                200, () -> studio().sessions().signIn(call.body(SignIn.class), Acting.from()))),
                Route.post("/api/logout", "End the session, or void the token, that this request comes with")
                        .needs(Permission.ACCOUNT)
                        .by(call -> {
                            studio().sessions().signOut(person(call), Acting.from());
                            return Reply.nothing();
                        }));
    }

    private List<Route> myself() {
        return List.of(
                Route.get("/api/me", "Who the caller is, and what they may do")
                        .needs(Permission.READ)
                        .gives(Me.class)
                        .by(call -> Reply.json(
                                studio == null
                                        ? Accounts.of(call.caller())
                                        : studio.accounts().me(call.caller()))),
                Route.post("/api/me/password", "Change one's password; all sessions end, and a new one is given")
                        .needs(Permission.ACCOUNT)
                        .takes(PasswordChange.class)
                        .gives(SignedIn.class)
                        .by(call -> throttled(
                                200,
                                () -> studio().sessions()
                                        .changePassword(person(call), call.body(PasswordChange.class), Acting.from()))),
                Route.get("/api/me/tokens", "One's own sessions and tokens, newest first")
                        .needs(Permission.ACCOUNT)
                        .gives(new TypeReference<List<TokenView>>() {}.getType())
                        .by(call -> Reply.json(studio().sessions().tokens(person(call)))),
                Route.post("/api/me/tokens", "Make a token for a program; the answer shows it this once")
                        .needs(Permission.ACCOUNT)
                        .takes(TokenAdd.class)
                        .gives(201, TokenAdded.class, "Made")
                        .by(call -> Reply.json(
                                201,
                                studio().sessions().addToken(person(call), call.body(TokenAdd.class), Acting.from()))),
                Route.delete("/api/me/tokens/{token}", "End one of one's own sessions, or void a token")
                        .needs(Permission.ACCOUNT)
                        .free("token")
                        .by(call -> {
                            studio().sessions().revokeToken(person(call), call.path("token"), Acting.from());
                            return Reply.nothing();
                        }),
                Route.get("/api/people", "Whom one can share with: names of accounts and groups")
                        .needs(Permission.RENDER)
                        .gives(People.class)
                        .by(call -> Reply.json(studio().accounts().people())));
    }

    private List<Route> users() {
        return List.of(
                Route.get("/api/users", "All accounts")
                        .needs(Permission.ADMINISTER)
                        .gives(new TypeReference<List<UserView>>() {}.getType())
                        .by(call -> Reply.json(studio().accounts().list())),
                Route.post("/api/users", "Make an account")
                        .needs(Permission.ADMINISTER)
                        .takes(UserAdd.class)
                        .gives(201, UserView.class, "Made")
                        .by(call -> Reply.json(201, studio().accounts().add(call.body(UserAdd.class)))),
                Route.get("/api/users/{user}", "An account, by its name")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .gives(UserView.class)
                        .by(call -> Reply.json(studio().accounts().user(call.path("user")))),
                Route.post("/api/users/{user}/role", "Give an account another role")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .takes(RoleChange.class)
                        .gives(UserView.class)
                        .by(call -> Reply.json(studio().accounts()
                                .role(
                                        call.path("user"),
                                        call.body(RoleChange.class).role()))),
                Route.post("/api/users/{user}/disable", "Keep somebody out; their sessions and tokens are void at once")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .gives(UserView.class)
                        .by(call -> Reply.json(studio().accounts().disable(call.path("user")))),
                Route.post("/api/users/{user}/enable", "Let somebody in again; they sign in anew")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .gives(UserView.class)
                        .by(call -> Reply.json(studio().accounts().enable(call.path("user")))),
                Route.post("/api/users/{user}/password", "Give somebody another password; their sessions end")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .takes(PasswordSet.class)
                        .gives(UserView.class)
                        .by(call -> Reply.json(studio().accounts()
                                .password(
                                        call.path("user"),
                                        call.body(PasswordSet.class).password()))),
                Route.get("/api/users/{user}/tokens", "Sessions and tokens of somebody")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .gives(new TypeReference<List<TokenView>>() {}.getType())
                        .by(call -> Reply.json(studio().accounts().tokens(call.path("user")))),
                Route.delete("/api/users/{user}/tokens/{token}", "End a session of somebody, or void a token")
                        .needs(Permission.ADMINISTER)
                        .free("user")
                        .free("token")
                        .by(call -> {
                            studio().accounts().revoke(call.path("user"), call.path("token"));
                            return Reply.nothing();
                        }));
    }

    private List<Route> groups() {
        return List.of(
                Route.get("/api/groups", "All groups with their members")
                        .needs(Permission.ADMINISTER)
                        .gives(new TypeReference<List<GroupView>>() {}.getType())
                        .by(call -> Reply.json(studio().accounts().groups())),
                Route.post("/api/groups", "Make a group")
                        .needs(Permission.ADMINISTER)
                        .takes(GroupAdd.class)
                        .gives(201, GroupView.class, "Made")
                        .by(call -> Reply.json(201, studio().accounts().addGroup(call.body(GroupAdd.class)))),
                Route.delete("/api/groups/{group}", "Remove a group, with what was shared with it")
                        .needs(Permission.ADMINISTER)
                        .free("group")
                        .by(call -> {
                            studio().accounts().removeGroup(call.path("group"));
                            return Reply.nothing();
                        }),
                Route.post("/api/groups/{group}/members", "Put somebody into a group")
                        .needs(Permission.ADMINISTER)
                        .free("group")
                        .takes(MemberAdd.class)
                        .gives(GroupView.class)
                        .by(call -> Reply.json(studio().accounts()
                                .addMember(
                                        call.path("group"),
                                        call.body(MemberAdd.class).user()))),
                Route.delete("/api/groups/{group}/members/{user}", "Take somebody out of a group")
                        .needs(Permission.ADMINISTER)
                        .free("group")
                        .free("user")
                        .gives(GroupView.class)
                        .by(call ->
                                Reply.json(studio().accounts().removeMember(call.path("group"), call.path("user")))));
    }

    private List<Route> shares(Subject subject) {
        String word = subject.name().toLowerCase(Locale.ROOT);
        String path = "/api/" + word + "s/{" + word + "}/shares";
        return List.of(
                Route.get(path, "With whom a " + word + " is shared")
                        .needs(Permission.RENDER)
                        .on(subject, Act.SHARE)
                        .gives(new TypeReference<List<ShareView>>() {}.getType())
                        .by(call -> Reply.json(studio().shares().list(subject, call.path(word)))),
                Route.post(path, "Share a " + word + " with a user or a group, for reading or editing")
                        .needs(Permission.RENDER)
                        .on(subject, Act.SHARE)
                        .takes(ShareAdd.class)
                        .gives(201, ShareView.class, "Shared")
                        .by(call -> Reply.json(
                                201,
                                studio().shares()
                                        .add(subject, call.path(word), call.body(ShareAdd.class), call.caller()))),
                Route.delete(path + "/{share}", "Share a " + word + " no more")
                        .needs(Permission.RENDER)
                        .on(subject, Act.SHARE)
                        .free("share")
                        .by(call -> {
                            studio().shares().remove(subject, call.path(word), call.path("share"));
                            return Reply.nothing();
                        }));
    }

    private List<Route> audit() {
        return List.of(
                filtered(Route.get("/api/audit", "What people and their tokens did or were refused, newest first"))
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Entries on a page, 1 to 500")
                        .gives(new TypeReference<Page<AuditEntry>>() {}.getType())
                        .by(call -> Reply.json(studio().audit()
                                .list(
                                        filter(call),
                                        call.query("cursor").orElse(null),
                                        call.number("limit", ITEMS, 1, MOST_ITEMS)))),
                Route.get("/api/audit/verify", "Whether sealed entries were changed or taken away")
                        .needs(Permission.ADMINISTER)
                        .query("expect", "string", "A head that was noted down earlier: NUMBER:DIGEST")
                        .gives(AuditReport.class)
                        .by(call -> Reply.json(
                                studio().audit().verify(call.query("expect").orElse(null)))),
                filtered(Route.get("/api/audit/export", "All entries, oldest first, one JSON object a line"))
                        .givesMedia("application/jsonl", "Each line an AuditEntry")
                        .streamed()
                        .by(call -> export(studio().audit(), filter(call))));
    }

    private static Route.Builder filtered(Route.Builder route) {
        return route.needs(Permission.ADMINISTER)
                .query("actor", "string", "Name of an account")
                .query("act", "string", "What was done, such as task.cancel; its beginning is enough")
                .query("target", "string", "Id or name of what it was done to")
                .query("outcome", "string", "done or refused")
                .query("from", "string", "Time as in ISO 8601, inclusive")
                .query("to", "string", "Time as in ISO 8601, exclusive");
    }

    private static AuditLog.Filter filter(Call call) {
        return new AuditLog.Filter(
                call.query("actor").orElse(null),
                call.query("act").orElse(null),
                call.query("target").orElse(null),
                call.query("outcome").orElse(null),
                time(call, "from"),
                time(call, "to"));
    }

    private static @Nullable Instant time(Call call, String name) {
        String text = call.query(name).orElse(null);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'" + name + "' is a time such as 2026-11-25T08:00:00Z, not '" + text + "'.", e);
        }
    }

    private static Reply export(AuditLog audit, AuditLog.Filter filter) {
        return new Reply.Written(exchange -> {
            exchange.getResponseHeaders().put(io.undertow.util.Headers.CONTENT_TYPE, "application/jsonl");
            exchange.getResponseHeaders().put(io.undertow.util.Headers.CACHE_CONTROL, "no-store");
            if (exchange.getRequestMethod().equalToString("HEAD")) {
                return;
            }
            OutputStream out = exchange.getOutputStream();
            audit.export(
                    filter,
                    entry -> out.write(
                            (ApiJson.STRICT.writeValueAsString(entry) + "\n").getBytes(StandardCharsets.UTF_8)));
            out.close();
        });
    }

    private StudioAccess studio() {
        if (studio == null) {
            throw new ApiException(Problem.of(
                    409,
                    "NO_ACCOUNTS",
                    "There are no accounts here",
                    "This server is on your own machine and asks nobody who they are. Accounts are there in studio mode:"
                            + " KILN_MODE=studio kiln serve."));
        }
        return studio;
    }

    private Caller.Person person(Call call) {
        studio();
        if (call.caller() instanceof Caller.Person person) {
            return person;
        }
        throw new ApiException(Problem.of(
                403, "NOT_ALLOWED", "You may not do that", "Only somebody with an account has a password and tokens."));
    }

    private static Reply throttled(int status, java.util.function.Supplier<Object> work) {
        try {
            return Reply.json(status, work.get());
        } catch (Throttle.TooMany e) {
            return new Reply.Json(
                    429, e.problem(), Map.of("Retry-After", Long.toString(e.seconds())), "application/problem+json");
        }
    }
}
