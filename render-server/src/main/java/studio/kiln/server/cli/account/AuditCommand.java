package studio.kiln.server.cli.account;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import studio.kiln.core.access.AuditChain;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Page;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Failures;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;
import studio.kiln.server.cli.WholeNumber;
import tools.jackson.core.JacksonException;

/** {@code kiln audit}. */
@Command(
        name = "audit",
        description = "What people and their tokens did on a studio server, or were refused; for administrators.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AuditCommand.ListThem.class, AuditCommand.Verify.class, AuditCommand.Export.class},
        footer = {
            "",
            "Examples:",
            "  kiln audit list --actor ada",
            "  kiln audit verify",
            "  kiln audit export -o audit.jsonl"
        })
public final class AuditCommand {
    private AuditCommand() {}

    /** Which entries are wanted. */
    static final class Filter {
        @Option(names = "--actor", paramLabel = "NAME", description = "By whom.")
        @Nullable
        String actor;

        @Option(
                names = "--act",
                paramLabel = "ACT",
                description = "What, such as task.cancel; its beginning is enough.")
        @Nullable
        String act;

        @Option(names = "--target", paramLabel = "ID", description = "To what.")
        @Nullable
        String target;

        @Option(names = "--refused", description = "Only what was refused.")
        boolean refused;

        @Option(names = "--from", paramLabel = "TIME", description = "Such as 2026-11-25T08:00:00Z, inclusive.")
        @Nullable
        String from;

        @Option(names = "--to", paramLabel = "TIME", description = "Exclusive.")
        @Nullable
        String to;

        Map<String, String> values() {
            Map<String, String> values = new LinkedHashMap<>();
            put(values, "actor", actor);
            put(values, "act", act);
            put(values, "target", target);
            put(values, "outcome", refused ? "refused" : null);
            put(values, "from", from);
            put(values, "to", to);
            return values;
        }

        private static void put(Map<String, String> values, String name, @Nullable String value) {
            if (value != null) {
                values.put(name, value);
            }
        }
    }

    @Command(
            name = "list",
            description = "Lists the newest entries.",
            footer = {"", "Examples:", "  kiln audit list --actor ada", "  kiln audit list --refused --limit 200"})
    static final class ListThem extends StudioCommand {
        @Mixin
        Filter filter = new Filter();

        @Option(
                names = "--limit",
                paramLabel = "N",
                converter = Entries.class,
                description = "At most so many, 1 to 500. Without it 50.")
        int limit = 50;

        ListThem(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            Page<AuditEntry> page = client.audit(filter.values(), null, limit);
            Table table = new Table("TIME", "WHO", "BY", "FROM", "ACT", "TO", "OUTCOME", "DETAIL");
            for (AuditEntry entry : page.items()) {
                table.row(
                        entry.at().toString(),
                        entry.actor().isEmpty() ? "-" : entry.actor(),
                        entry.actorKind(),
                        entry.address(),
                        entry.act(),
                        entry.target().isEmpty() ? "-" : entry.target(),
                        entry.outcome(),
                        entry.detail().isEmpty() ? "-" : entry.detail());
            }
            return print(page.items(), table, "There is nothing like that.");
        }
    }

    @Command(
            name = "verify",
            description = {
                "Looks whether sealed entries were changed or taken away; exit code 1 when so.",
                "Note the head down that it prints: with --expect it tells later that all before it is as it was.",
                ""
            },
            footer = {
                "",
                "Examples:",
                "  kiln audit verify",
                "  kiln audit verify --expect 812:9f86...",
                "  kiln audit verify --file audit.jsonl"
            })
    static final class Verify extends StudioCommand {
        @Option(names = "--expect", paramLabel = "HEAD", description = "A head that was noted down earlier.")
        @Nullable
        String expected;

        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = "Look through an export instead, without a server.")
        @Nullable
        Path file;

        Verify(Surroundings here) {
            super(here);
        }

        @Override
        public Integer call() throws IOException {
            return file == null ? super.call() : tell(read(here.resolve(file)));
        }

        @Override
        int run(KilnClient client) {
            return tell(client.verifyAudit(expected));
        }

        private AuditReport read(Path export) throws IOException {
            AuditChain chain;
            try {
                chain = new AuditChain(expected);
            } catch (IllegalArgumentException e) {
                throw CliFailure.unusable("BAD_USAGE", String.valueOf(e.getMessage()));
            }
            long sealed = 0;
            long unsealed = 0;
            try (BufferedReader lines = Files.newBufferedReader(export)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    AuditEntry entry = ApiJson.STRICT.readValue(line, AuditEntry.class);
                    if (entry.seq() == null) {
                        unsealed++;
                    } else {
                        sealed++;
                        chain.next(entry);
                    }
                }
            } catch (JacksonException e) {
                throw new CliFailure(
                        ExitCode.UNUSABLE, "UNUSABLE_FILE", "'" + export + "' is no export of an audit log.", e);
            }
            chain.end(null);
            return new AuditReport(sealed, unsealed, chain.head(), chain.breaks());
        }

        private int tell(AuditReport report) {
            List<String> breaks = report.breaks();
            if (json) {
                say(report, "");
            } else {
                breaks.forEach(here.out()::println);
                say((breaks.isEmpty() ? "Sound: " : "BROKEN: ") + report.sealed() + " sealed, " + report.unsealed()
                        + " not sealed yet. Head " + report.head());
            }
            return breaks.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    @Command(
            name = "export",
            description = "Writes all entries, oldest first, one JSON object a line.",
            footer = {"", "Example:", "  kiln audit export -o audit.jsonl"})
    static final class Export extends StudioCommand {
        @Mixin
        Filter filter = new Filter();

        @Option(names = "-o", paramLabel = "FILE", description = "Into this file. Without it to the standard output.")
        @Nullable
        Path file;

        Export(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) throws IOException {
            if (file == null) {
                client.exportAudit(filter.values(), here.out());
                return ExitCode.DONE;
            }
            Path target = here.resolve(file);
            try (OutputStream out = new BufferedOutputStream(made(target))) {
                client.exportAudit(filter.values(), out);
            }
            return say("The audit log is in " + target + ".");
        }

        private static OutputStream made(Path target) {
            try {
                return Files.newOutputStream(target);
            } catch (IOException e) {
                throw Failures.cannotMake(target, e);
            }
        }
    }

    /** How many entries the server gives at a time. */
    static final class Entries extends WholeNumber {
        Entries() {
            super(1, 500);
        }
    }
}
