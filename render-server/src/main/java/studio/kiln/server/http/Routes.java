package studio.kiln.server.http;

import java.util.ArrayList;
import java.util.List;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ServerView;
import studio.kiln.server.security.Caller;

/** The one table of what the API offers. */
public final class Routes {
    private Routes() {}

    /** Everything, with its handlers. */
    public static RouteTable table(Services services) {
        List<Route> routes = new ArrayList<>();
        routes.addAll(server(services));
        RouteTable table = new RouteTable(withDescription(routes));
        return table;
    }

    private static List<Route> withDescription(List<Route> routes) {
        List<Route> all = new ArrayList<>(routes);
        byte[][] document = new byte[1][];
        all.add(Route.get("/api/openapi.json", "This description (OpenAPI 3.1)")
                .needs(Permission.PUBLIC)
                .givesMedia("application/json", "The description of the API")
                .by(call -> Reply.bytes("application/json", document[0], java.util.Map.of())));
        document[0] = OpenApi.document(all);
        return all;
    }

    private static List<Route> server(Services services) {
        return List.of(
                Route.get("/api/health/live", "Whether the process lives")
                        .needs(Permission.PUBLIC)
                        .gives(Health.class)
                        .by(call -> Reply.json(new Health("up", java.util.Map.of()))),
                Route.get("/api/health/ready", "Whether the server and its parts can do their work; 503 when not")
                        .needs(Permission.PUBLIC)
                        .gives(Health.class)
                        .by(call -> {
                            Health health = services.health().get();
                            return Reply.json(health.isUp() ? 200 : 503, health);
                        }),
                Route.get("/api/server", "Who answers, and how busy it is")
                        .needs(Permission.READ)
                        .gives(ServerView.class)
                        .by(call -> Reply.json(services.server().apply(call.caller()))),
                Route.post("/api/server/stop", "End the server after it has answered; work continues at the next start")
                        .needs(Permission.OPERATE)
                        .givesNothing(204, "It ends")
                        .by(call -> {
                            services.stop().accept(call.caller());
                            return Reply.nothing();
                        }));
    }

    /** What the handlers call. */
    public record Services(
            java.util.function.Supplier<Health> health,
            java.util.function.Function<Caller, ServerView> server,
            java.util.function.Consumer<Caller> stop) {}
}
