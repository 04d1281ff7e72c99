package studio.kiln.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Permission;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ServerView;
import studio.kiln.server.cache.Thumbnails;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.library.ModelService;
import studio.kiln.server.library.Projects;
import studio.kiln.server.library.Uploads;
import studio.kiln.server.ops.EngineService;
import studio.kiln.server.ops.Health;
import studio.kiln.server.queue.JobQueue;
import studio.kiln.server.scheduler.NodeDesk;
import studio.kiln.server.scheduler.Nodes;
import studio.kiln.server.scheduler.TaskService;
import studio.kiln.server.security.Gate;
import studio.kiln.server.security.Guard;
import studio.kiln.server.storage.BlobStore;

/** The one table of what the API offers. */
public final class Routes implements AutoCloseable {
    private final Services services;
    private final EventRoutes events;
    private final RouteTable table;

    public Routes(Services services) {
        this.services = services;
        this.events =
                new EventRoutes(services.hub(), services.tasks(), services.gate(), services.guard(), EventRoutes.STUCK);
        List<Route> routes = new ArrayList<>();
        Rights rights = new Rights(services.guard(), services.policy(), services.studio());
        Pictures pictures = new Pictures(services.store());
        routes.addAll(new ServerRoutes(services, rights).routes());
        routes.addAll(new LibraryRoutes(services.models(), services.projects(), pictures, rights).routes());
        routes.addAll(new TusRoutes(services.uploads(), services.guard(), services.mostFileBytes()).routes());
        routes.addAll(new TaskRoutes(services.tasks(), pictures, rights).routes());
        routes.addAll(new ResultRoutes(services.tasks(), services.thumbnails(), pictures).routes());
        routes.addAll(new FarmRoutes(services.engines(), services.queue(), rights).routes());
        routes.addAll(new NodeRoutes(
                        services.nodes(),
                        services.nodeDesk(),
                        services.studio() == null ? null : services.studio().nodes(),
                        services.mostFileBytes())
                .routes());
        routes.addAll(new AccountRoutes(services.studio()).routes());
        routes.addAll(events.routes());
        this.table = described(routes);
    }

    public RouteTable table() {
        return table;
    }

    /** Ends what goes on without end: the streams of events, and nodes that wait. */
    @Override
    public void close() {
        events.close();
        services.nodeDesk().close();
    }

    private static RouteTable described(List<Route> routes) {
        byte[][] document = new byte[1][];
        List<Route> all = new ArrayList<>(routes);
        all.add(Route.get("/api/openapi.json", "This description (OpenAPI 3.1)")
                .needs(Permission.PUBLIC)
                .givesMedia("application/json", "The description of the API")
                .by(call -> Reply.bytes("application/json", description(document, all), Map.of())));
        return new RouteTable(all);
    }

    /** Made when it is first asked for: a start has no use for it. */
    private static byte[] description(byte[][] document, List<Route> routes) {
        synchronized (document) {
            if (document[0] == null) {
                document[0] = OpenApi.document(routes);
            }
            return document[0];
        }
    }

    /** What the handlers call. */
    public record Services(
            Supplier<Health> health,
            Supplier<String> metrics,
            Function<Caller, ServerView> server,
            Consumer<Caller> stop,
            ModelService models,
            Uploads uploads,
            long mostFileBytes,
            TaskService tasks,
            EngineService engines,
            JobQueue queue,
            Nodes nodes,
            NodeDesk nodeDesk,
            EventHub hub,
            BlobStore store,
            Thumbnails thumbnails,
            Projects projects,
            Gate gate,
            Guard guard,
            Policy policy,
            @Nullable StudioAccess studio) {}
}
