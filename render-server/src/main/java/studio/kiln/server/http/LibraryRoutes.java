package studio.kiln.server.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ProjectAdd;
import studio.kiln.core.api.ProjectView;
import studio.kiln.server.library.ModelService;
import studio.kiln.server.library.Projects;
import studio.kiln.server.security.Subject;
import tools.jackson.core.type.TypeReference;

/** Models, their versions, and projects. */
final class LibraryRoutes {
    /** A manifest of twenty thousand files with long names. */
    private static final long MOST_MANIFEST = 32L << 20;

    private static final int LONGEST_WAIT = 50;

    private final ModelService models;
    private final Projects projects;
    private final Pictures pictures;
    private final Rights rights;

    LibraryRoutes(ModelService models, Projects projects, Pictures pictures, Rights rights) {
        this.models = models;
        this.projects = projects;
        this.pictures = pictures;
        this.rights = rights;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(ofModels());
        routes.addAll(ofProjects());
        return routes;
    }

    private List<Route> ofModels() {
        return List.of(
                Route.get("/api/models", "Models of the library, newest first")
                        .needs(Permission.READ)
                        .query("q", "string", "Words to find in names")
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Models on a page, 1 to 500")
                        .gives(new TypeReference<Page<ModelView>>() {}.getType())
                        .by(call -> Reply.json(models.list(
                                rights.sight(call),
                                call.query("q").orElse(null),
                                call.query("cursor").orElse(null),
                                call.limit()))),
                Route.post("/api/models", "Announce a version of a model; the answer says which files to send")
                        .needs(Permission.RENDER)
                        .takes(ModelSubmission.class, MOST_MANIFEST)
                        .gives(201, ModelUpload.class, "Announced")
                        .by(call -> {
                            ModelSubmission submission = call.body(ModelSubmission.class);
                            if (submission.modelId() != null) {
                                rights.check(call, Subject.MODEL, submission.modelId(), Act.EDIT);
                            }
                            if (submission.projectId() != null) {
                                rights.check(call, Subject.PROJECT, submission.projectId(), Act.EDIT);
                            }
                            return Reply.json(
                                    201,
                                    models.announce(submission, call.caller().name()));
                        }),
                Route.get("/api/models/{model}", "A model with its newest version")
                        .needs(Permission.READ)
                        .on(Subject.MODEL, Act.READ)
                        .gives(ModelView.class)
                        .by(call -> Reply.json(models.model(call.path("model")))),
                Route.delete("/api/models/{model}", "Remove a model from the library; its tasks and results stay")
                        .needs(Permission.RENDER)
                        .on(Subject.MODEL, Act.DELETE)
                        .by(call -> {
                            models.delete(call.path("model"), call.caller().name());
                            return Reply.nothing();
                        }),
                Route.get("/api/models/{model}/versions", "All versions of a model, newest first")
                        .needs(Permission.READ)
                        .on(Subject.MODEL, Act.READ)
                        .gives(new TypeReference<List<ModelVersionView>>() {}.getType())
                        .by(call -> Reply.json(models.versions(call.path("model")))),
                Route.get("/api/model-versions/{version}", "A version of a model with what an engine saw in it")
                        .needs(Permission.READ)
                        .on(Subject.VERSION, Act.READ)
                        .query("wait", "integer", "Seconds to wait while it is being inspected, 0 to 50")
                        .gives(ModelVersionView.class)
                        .by(call -> Reply.json(models.version(
                                call.path("version"), Duration.ofSeconds(call.number("wait", 0, 0, LONGEST_WAIT))))),
                Route.post("/api/model-versions/{version}/complete", "Say that all files were sent")
                        .needs(Permission.RENDER)
                        .on(Subject.VERSION, Act.EDIT)
                        .gives(ModelVersionView.class)
                        .by(call -> Reply.json(models.complete(
                                call.path("version"), call.caller().name()))),
                Route.get("/api/model-versions/{version}/thumbnail", "A small picture of a model version")
                        .needs(Permission.READ)
                        .on(Subject.VERSION, Act.READ)
                        .givesMedia("image/png", "The picture")
                        .streamed()
                        .by(call -> pictures.blob(
                                call, models.thumbnail(call.path("version")), "image/png", "thumbnail.png")));
    }

    private List<Route> ofProjects() {
        return List.of(
                Route.get("/api/projects", "Projects, by name")
                        .needs(Permission.READ)
                        .gives(new TypeReference<List<ProjectView>>() {}.getType())
                        .by(call -> Reply.json(projects.list(rights.sight(call)))),
                Route.post("/api/projects", "Make a project of one's own")
                        .needs(Permission.RENDER)
                        .takes(ProjectAdd.class)
                        .gives(201, ProjectView.class, "Made")
                        .by(call -> Reply.json(
                                201,
                                projects.add(
                                        call.body(ProjectAdd.class).name(),
                                        call.caller().name()))));
    }
}
