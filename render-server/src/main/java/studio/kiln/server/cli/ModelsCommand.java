package studio.kiln.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.Page;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.server.cli.render.ModelSender;

/** {@code kiln models}. */
@Command(
        name = "models",
        description = "The models that were uploaded.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ModelsCommand.ListThem.class, ModelsCommand.Show.class, ModelsCommand.Add.class},
        footer = {"", "Examples:", "  kiln models list", "  kiln models add chair.glb"})
public final class ModelsCommand {
    private ModelsCommand() {}

    @Command(
            name = "list",
            description = "Lists models, the newest first.",
            footer = {"", "Examples:", "  kiln models list", "  kiln models list --search chair --json"})
    static final class ListThem implements Callable<Integer> {
        private final Surroundings here;

        @Option(names = "--search", paramLabel = "WORDS", description = "Only models whose name has these words.")
        @Nullable
        String search;

        @Option(
                names = "--limit",
                paramLabel = "N",
                converter = WholeNumber.Limit.class,
                description = "At most so many (default: ${DEFAULT-VALUE}).")
        int limit = 50;

        @Option(names = "--json", description = "Print a JSON array.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        ListThem(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            try (Connection connection = server.connect(here)) {
                List<ModelView> models = new ArrayList<>();
                @Nullable String cursor = null;
                do {
                    Page<ModelView> page =
                            connection.client().models(search, cursor, Math.min(100, limit - models.size()));
                    models.addAll(page.items());
                    cursor = page.next();
                } while (cursor != null && models.size() < limit);
                if (json) {
                    here.out().println(Json.pretty(models));
                } else if (models.isEmpty()) {
                    here.out().println("There are no models; 'kiln models add FILE' uploads one.");
                } else {
                    table(models).forEach(here.out()::println);
                }
            }
            return ExitCode.DONE;
        }

        private static List<String> table(List<ModelView> models) {
            Table table = new Table("MODEL", "NAME", "FORMAT", "VERSION", "STATE", "SIZE", "TRIANGLES", "CHANGED");
            for (ModelView model : models) {
                table.row(
                        model.id(),
                        Text.fit(model.name(), 32),
                        model.format(),
                        Integer.toString(model.version()),
                        model.state().name().toLowerCase(Locale.ROOT),
                        Text.bytes(model.bytes()),
                        Long.toString(model.triangles()),
                        Text.ago(model.updatedAt(), Instant.now()));
            }
            return table.lines();
        }
    }

    @Command(
            name = "show",
            description = "Shows a model: its versions, and what Blender sees in the newest.",
            footer = {"", "Example:", "  kiln models show MODEL"})
    static final class Show implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(paramLabel = "MODEL", description = "Its id, as 'kiln models list' shows it.")
        String model = "";

        @Option(names = "--json", description = "Print its versions as a JSON array.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        Show(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            try (Connection connection = server.connect(here)) {
                List<ModelVersionView> versions = connection.client().versions(model);
                if (json) {
                    here.out().println(Json.pretty(versions));
                    return ExitCode.DONE;
                }
                Table table = new Table("VERSION", "STATE", "SIZE", "SAVED BY", "UPLOADED");
                for (ModelVersionView version : versions) {
                    table.row(
                            Integer.toString(version.version()),
                            version.state().name().toLowerCase(Locale.ROOT),
                            Text.bytes(version.bytes()),
                            version.savedBy() == null ? "-" : version.savedBy(),
                            version.createdAt().toString());
                }
                table.lines().forEach(here.out()::println);
                versions.stream()
                        .max(java.util.Comparator.comparing(ModelVersionView::version))
                        .ifPresent(this::newest);
            }
            return ExitCode.DONE;
        }

        private void newest(ModelVersionView version) {
            here.out().println();
            if (version.inspection() != null) {
                InspectCommand.page(version, version.inspection()).forEach(here.out()::println);
            } else if (version.problem() != null) {
                here.out().println(version.problem());
            }
        }
    }

    @Command(
            name = "add",
            description = "Uploads a model, or a new version of one of the same name.",
            footer = {"", "Examples:", "  kiln models add chair.glb", "  kiln models add project-folder/ --name Kitchen"
            })
    static final class Add implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(paramLabel = "FILE", description = "The model: a file, a folder or a zip.")
        @Nullable
        Path file;

        @Option(names = "--name", paramLabel = "NAME", description = "Its name. Without it that of the file.")
        @Nullable
        String name;

        @Option(
                names = "--root",
                paramLabel = "PATH",
                description = "The model inside a folder or zip that holds several.")
        @Nullable
        String root;

        @Option(names = "--json", description = "Print the version as JSON.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        Add(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() throws IOException {
            if (file == null) {
                throw CliFailure.unusable("BAD_USAGE", "No file is named.");
            }
            StatusLine status = new StatusLine(here, json);
            try (ModelFiles files = ModelFiles.read(here.resolve(file), root);
                    Connection connection = server.connect(here)) {
                new EngineCheck(here, connection, status).refuseWhenNothingRenders();
                ModelVersionView version = new ModelSender(connection, status).send(files, name, null);
                version.warnings().forEach(w -> status.warn("Warning " + w.code() + ": " + w.message()));
                here.out()
                        .println(
                                json
                                        ? Json.pretty(version)
                                        : version.modelName() + ", version " + version.version() + ", is ready (model "
                                                + version.modelId() + ").");
            }
            return ExitCode.DONE;
        }
    }
}
