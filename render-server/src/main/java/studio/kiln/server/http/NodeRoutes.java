package studio.kiln.server.http;

import io.undertow.util.Headers;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.EnrolmentAdd;
import studio.kiln.core.api.EnrolmentAdded;
import studio.kiln.core.api.NodeView;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.node.NodeProtocol;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.scheduler.NodeDesk;
import studio.kiln.server.scheduler.Nodes;
import studio.kiln.server.security.NodeCredentials;
import tools.jackson.core.type.TypeReference;

/** Nodes: what people see of them and want of them, how a machine joins, and what it says from then on. */
final class NodeRoutes {
    /** An inspection of a large scene. */
    private static final long MOST_REPORT = 64L << 20;

    private static final int LONGEST_WAIT = 50;
    private static final String BYTES = "application/octet-stream";

    private final Nodes nodes;
    private final NodeDesk desk;
    private final @Nullable NodeCredentials credentials;
    private final long mostFileBytes;

    /** @param credentials null where nobody has accounts, so that no node can join */
    NodeRoutes(Nodes nodes, NodeDesk desk, @Nullable NodeCredentials credentials, long mostFileBytes) {
        this.nodes = nodes;
        this.desk = desk;
        this.credentials = credentials;
        this.mostFileBytes = mostFileBytes;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.addAll(forPeople());
        routes.addAll(joining());
        routes.addAll(ofNodes());
        routes.addAll(ofAttempts());
        return routes;
    }

    private List<Route> forPeople() {
        return List.of(
                Route.get("/api/nodes", "The machines that render, by name")
                        .needs(Permission.READ)
                        .gives(new TypeReference<List<NodeView>>() {}.getType())
                        .by(call -> Reply.json(nodes.list())),
                Route.get("/api/nodes/{node}", "A machine that renders, by its id or its name")
                        .needs(Permission.READ)
                        .free("node")
                        .gives(NodeView.class)
                        .by(call -> Reply.json(nodes.node(call.path("node")))),
                Route.post("/api/nodes/{node}/drain", "Give a node no more work; what it has goes on to its end")
                        .needs(Permission.OPERATE)
                        .free("node")
                        .gives(NodeView.class)
                        .by(call -> Reply.json(nodes.drain(call.path("node")))),
                Route.post("/api/nodes/{node}/disable", "Give a node no more work, and what it has to others")
                        .needs(Permission.OPERATE)
                        .free("node")
                        .gives(NodeView.class)
                        .by(call -> Reply.json(nodes.disable(call.path("node")))),
                Route.post("/api/nodes/{node}/enable", "Give a node work again, also one that was set aside")
                        .needs(Permission.OPERATE)
                        .free("node")
                        .gives(NodeView.class)
                        .by(call -> Reply.json(nodes.enable(call.path("node")))),
                Route.delete("/api/nodes/{node}", "Forget a node; its secret is void at once")
                        .needs(Permission.OPERATE)
                        .free("node")
                        .by(call -> {
                            String id = nodes.remove(call.path("node"));
                            if (credentials != null) {
                                credentials.revoke(id);
                            }
                            return Reply.nothing();
                        }));
    }

    private List<Route> joining() {
        return List.of(
                Route.post("/api/nodes/enrolments", "Make a token with which one node joins; shown this once")
                        .needs(Permission.ADMINISTER)
                        .takes(EnrolmentAdd.class)
                        .gives(201, EnrolmentAdded.class, "Made")
                        .by(call -> Reply.json(
                                201,
                                credentials()
                                        .invite(
                                                call.bodyOr(EnrolmentAdd.class, new EnrolmentAdd(null))
                                                        .minutes(),
                                                call.caller().name()))),
                Route.post("/api/nodes/join", "Join as a node, with a token that an administrator made")
                        .needs(Permission.PUBLIC)
                        .takes(NodeProtocol.Join.class)
                        .gives(201, NodeProtocol.Joined.class, "Joined")
                        .by(call -> {
                            NodeCredentials known = credentials();
                            desk.checkVersion(version(call));
                            NodeProtocol.Join join = call.body(NodeProtocol.Join.class);
                            return Reply.json(
                                    201,
                                    new NodeProtocol.Joined(
                                            known.join(join.token(), join.credential(), join.name(), join.slots())));
                        }));
    }

    private List<Route> ofNodes() {
        return List.of(
                said("register", "Say what a node is and which engines it has")
                        .takes(NodeProtocol.Register.class)
                        .gives(NodeProtocol.Registered.class)
                        .by(asNode(call -> {
                            desk.checkVersion(version(call));
                            NodeProtocol.Register body = call.body(NodeProtocol.Register.class);
                            return Reply.json(new NodeProtocol.Registered(
                                    desk.register(call.caller(), body.node(), body.engines(), body.holding())));
                        })),
                said("claims", "Ask for work, and wait for it")
                        .takes(NodeProtocol.Wish.class)
                        .gives(NodeProtocol.Work.class)
                        .by(asNode(call -> {
                            desk.checkVersion(version(call));
                            NodeProtocol.Wish body = call.body(NodeProtocol.Wish.class);
                            return Reply.json(new NodeProtocol.Work(desk.claim(
                                    call.path("node"),
                                    boot(call),
                                    new ServerLink.Claim(
                                            call.path("node"),
                                            Math.clamp(body.freeSlots(), 0, 256),
                                            body.interactive()),
                                    wait(body.waitSeconds()))));
                        })),
                said("leases", "Say that the node lives and what it has; says what of it is still current")
                        .takes(NodeProtocol.Alive.class)
                        .gives(NodeProtocol.Current.class)
                        .by(asNode(call -> {
                            NodeProtocol.Alive body = call.body(NodeProtocol.Alive.class);
                            return Reply.json(new NodeProtocol.Current(List.copyOf(
                                    desk.renew(call.path("node"), boot(call), body.holding(), body.loadPercent()))));
                        })),
                said("stops", "Wait for what is to be stopped")
                        .takes(NodeProtocol.StopWish.class)
                        .gives(NodeProtocol.Stops.class)
                        .by(asNode(call -> {
                            NodeProtocol.StopWish body = call.body(NodeProtocol.StopWish.class);
                            return Reply.json(new NodeProtocol.Stops(List.copyOf(
                                    desk.stops(call.path("node"), boot(call), body.told(), wait(body.waitSeconds())))));
                        })),
                said("progress", "Say how far frames are; may be lost")
                        .takes(NodeProtocol.Progress.class)
                        .by(asNode(call -> {
                            desk.progress(
                                    call.path("node"),
                                    call.body(NodeProtocol.Progress.class).progress());
                            return Reply.nothing();
                        })),
                said("leave", "Say that the process of a node ends")
                        .takes(NodeProtocol.Leave.class)
                        .by(asNode(call -> {
                            desk.leave(
                                    call.path("node"),
                                    boot(call),
                                    call.body(NodeProtocol.Leave.class).holding());
                            return Reply.nothing();
                        })));
    }

    private static Route.Builder said(String word, String summary) {
        return Route.post("/api/nodes/{node}/" + word, summary)
                .needs(Permission.NODE)
                .free("node")
                .header(NodeProtocol.BOOT, "string", "Names the process that speaks as the node")
                .header(NodeProtocol.VERSION, "string", "Version of Kiln and of what runs in Blender, on the node");
    }

    private List<Route> ofAttempts() {
        return List.of(
                Route.post(
                                "/api/nodes/{node}/attempts/{attempt}/reports",
                                "Report of work that the node was given; a report that came before does nothing new")
                        .needs(Permission.NODE)
                        .free("node")
                        .free("attempt")
                        .takes(NodeProtocol.Report.class, MOST_REPORT)
                        .by(asNode(call -> {
                            try {
                                desk.report(call.caller(), call.path("attempt"), call.body(NodeProtocol.Report.class));
                            } catch (ServerLink.NotCurrent e) {
                                throw NodeDesk.notCurrent(String.valueOf(e.getMessage()));
                            }
                            return Reply.nothing();
                        })),
                Route.of(
                                "PUT",
                                "/api/nodes/{node}/attempts/{attempt}/blobs/{sha256}",
                                "Send bytes that belong to an attempt; they count when their digest is right")
                        .needs(Permission.NODE)
                        .free("node")
                        .free("attempt")
                        .free("sha256")
                        .takesMedia(BYTES, mostFileBytes)
                        .by(asNode(call -> {
                            try (InputStream in = call.stream()) {
                                desk.store(call.caller(), call.path("attempt"), new Sha256(call.path("sha256")), in);
                            }
                            return Reply.nothing();
                        })),
                Route.get("/api/nodes/{node}/blobs/{sha256}", "Bytes of a model that the node works on now")
                        .needs(Permission.NODE)
                        .free("node")
                        .free("sha256")
                        .givesMedia(BYTES, "The bytes, or by status 307 where they are")
                        .streamed()
                        .by(asNode(call -> {
                            Sha256 blob = new Sha256(call.path("sha256"));
                            long size = desk.size(call.caller(), call.path("node"), blob);
                            return new Reply.Written(exchange -> {
                                exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, BYTES);
                                exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
                                exchange.setResponseContentLength(size);
                                if (exchange.getRequestMethod().equalToString("HEAD")) {
                                    return;
                                }
                                try (InputStream in = desk.read(blob);
                                        OutputStream out = exchange.getOutputStream()) {
                                    in.transferTo(out);
                                }
                            });
                        })));
    }

    private Route.Handler asNode(Route.Handler handler) {
        return call -> {
            desk.speaks(call.caller(), call.path("node"));
            return handler.handle(call);
        };
    }

    private NodeCredentials credentials() {
        if (credentials == null) {
            throw new ApiException(Problem.of(
                    409,
                    "NO_ACCOUNTS",
                    "No node can join here",
                    "This server is on your own machine and renders by itself. Nodes join a server in studio mode:"
                            + " KILN_MODE=studio kiln serve."));
        }
        return credentials;
    }

    private static Duration wait(int seconds) {
        return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_WAIT));
    }

    private static String boot(Call call) {
        String boot = call.header(NodeProtocol.BOOT);
        return boot == null ? "" : boot;
    }

    private static String version(Call call) {
        String version = call.header(NodeProtocol.VERSION);
        return version == null ? "unknown/" : version;
    }
}
