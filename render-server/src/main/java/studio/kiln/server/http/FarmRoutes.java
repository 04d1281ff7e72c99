package studio.kiln.server.http;

import java.util.ArrayList;
import java.util.List;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.EngineAdd;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Problem;
import studio.kiln.server.ops.EngineService;
import studio.kiln.server.queue.JobQueue;
import tools.jackson.core.type.TypeReference;

/** Engines, and work beside rendering that was given up. */
final class FarmRoutes {
    private final EngineService engines;
    private final JobQueue queue;
    private final Rights rights;

    FarmRoutes(EngineService engines, JobQueue queue, Rights rights) {
        this.engines = engines;
        this.queue = queue;
        this.rights = rights;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(ofEngines());
        routes.addAll(ofJobs());
        return routes;
    }

    private List<Route> ofEngines() {
        return List.of(
                Route.get("/api/engines", "Blenders that this server knows, with what each proved")
                        .needs(Permission.READ)
                        .gives(new TypeReference<List<EngineView>>() {}.getType())
                        .by(call -> Reply.json(engines.list())),
                Route.post("/api/engines", "Add a Blender by its path on the server's machine, and test it")
                        .needs(Permission.ADMINISTER)
                        .takes(EngineAdd.class)
                        .gives(201, EngineView.class, "Added")
                        .by(call -> {
                            String path = call.body(EngineAdd.class).path();
                            rights.note("engine.add", "engine", "", path);
                            return Reply.json(201, engines.add(path));
                        }),
                Route.delete("/api/engines/{engine}", "Forget a Blender that was added")
                        .needs(Permission.ADMINISTER)
                        .free("engine")
                        .by(call -> {
                            rights.note("engine.remove", "engine", call.path("engine"), "");
                            engines.remove(call.path("engine"));
                            return Reply.nothing();
                        }),
                Route.post("/api/engines/{engine}/test", "Test a Blender again; takes from seconds to minutes")
                        .needs(Permission.OPERATE)
                        .free("engine")
                        .gives(EngineView.class)
                        .by(call -> {
                            rights.note("engine.test", "engine", call.path("engine"), "");
                            return Reply.json(engines.test(call.path("engine")));
                        }));
    }

    private List<Route> ofJobs() {
        return List.of(
                Route.get("/api/jobs/dead", "Work beside rendering that was given up, with the reason")
                        .needs(Permission.ADMINISTER)
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Jobs on a page, 1 to 500")
                        .gives(new TypeReference<Page<JobView>>() {}.getType())
                        .by(call -> Reply.json(queue.dead(call.query("cursor").orElse(null), call.limit()))),
                Route.post("/api/jobs/{job}/replay", "Give work that was given up another life")
                        .needs(Permission.ADMINISTER)
                        .free("job")
                        .by(call -> {
                            String job = call.path("job");
                            rights.note("job.replay", "job", job, "");
                            if (!queue.replay(job)) {
                                throw new ApiException(Problem.of(
                                        404,
                                        "NO_DEAD_JOB",
                                        "There is no such dead job",
                                        "No job '" + job + "' was given up; it may have been replayed already. See"
                                                + " GET /api/jobs/dead, or 'kiln jobs list'."));
                            }
                            return Reply.nothing();
                        }));
    }
}
