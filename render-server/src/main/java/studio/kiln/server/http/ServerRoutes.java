package studio.kiln.server.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ServerView;
import studio.kiln.server.ops.Health;

/** Health, metrics, and the server itself. */
final class ServerRoutes {
    private final Routes.Services services;
    private final Rights rights;

    ServerRoutes(Routes.Services services, Rights rights) {
        this.services = services;
        this.rights = rights;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/health/live", "Whether the process lives")
                        .needs(Permission.PUBLIC)
                        .gives(Health.class)
                        .by(call -> Reply.json(new Health("up", Map.of()))),
                Route.get("/api/health/ready", "Whether the server and its parts can do their work; 503 when it cannot")
                        .needs(Permission.PUBLIC)
                        .gives(Health.class)
                        .by(call -> {
                            Health health = services.health().get();
                            return Reply.json(health.serves() ? 200 : 503, health);
                        }),
                Route.get("/api/metrics", "Numbers of the server and the farm, as Prometheus reads them")
                        .needs(Permission.OPERATE)
                        .givesMedia("text/plain", "Metrics in the text format of Prometheus")
                        .by(call -> Reply.bytes(
                                "text/plain; version=0.0.4; charset=utf-8",
                                services.metrics().get().getBytes(StandardCharsets.UTF_8),
                                Map.of())),
                Route.get("/api/server", "Who answers, and how busy it is")
                        .needs(Permission.READ)
                        .gives(ServerView.class)
                        .by(call -> Reply.json(services.server().apply(call.caller()))),
                Route.post("/api/server/stop", "End the server after it has answered; work continues at the next start")
                        .needs(Permission.SHUT_DOWN)
                        .givesNothing(204, "It ends")
                        .by(call -> {
                            rights.note("server.stop", "server", "", "");
                            services.stop().accept(call.caller());
                            return Reply.nothing();
                        }));
    }
}
