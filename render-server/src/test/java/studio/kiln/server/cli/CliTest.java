package studio.kiln.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CliTest {
    @TempDir
    Path folder;

    private CommandLineFixture kiln;

    @BeforeEach
    void files() throws IOException {
        kiln = new CommandLineFixture(folder);
        Files.writeString(folder.resolve("scene.blend"), "BLENDER-v304");
        Files.writeString(folder.resolve("notes.txt"), "x");
        Files.createDirectory(folder.resolve("empty"));
        Files.createDirectory(folder.resolve("two"));
        Files.writeString(folder.resolve("two/a.blend"), "BLENDER-v304");
        Files.writeString(folder.resolve("two/b.blend"), "BLENDER-v304");
    }

    static List<List<String>> everyCommand() {
        List<List<String>> paths = new ArrayList<>();
        collect(
                new CommandLine(
                        KilnCommand.class, new CommandFactory(new CommandLineFixture(Path.of("")).surroundings())),
                List.of(),
                paths);
        return paths;
    }

    private static void collect(CommandLine line, List<String> path, List<List<String>> paths) {
        paths.add(path);
        for (Map.Entry<String, CommandLine> sub : line.getSubcommands().entrySet()) {
            List<String> longer = new ArrayList<>(path);
            longer.add(sub.getKey());
            collect(sub.getValue(), longer, paths);
        }
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void everyCommandHasHelpWithExamples(List<String> path) {
        List<String> args = new ArrayList<>(path);
        args.add("--help");
        CommandLineFixture.Outcome outcome = kiln.run(args.toArray(String[]::new));
        assertThat(outcome.exit()).isZero();
        assertThat(outcome.out())
                .startsWith("Usage: kiln")
                .contains("Example")
                .contains("  kiln " + String.join(" ", path));
        assertThat(outcome.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    render | FILE
                    render no-such.blend | There is no file or folder
                    render notes.txt | not a model that Kiln knows
                    render empty | There is no model in
                    render two | There are several models in
                    render two --root c.blend | There is no 'c.blend'
                    render scene.blend --frames 5-1 | ends before it begins
                    render scene.blend --frames abc | is not a frame
                    render scene.blend --frames 1-10x0 | step of 0
                    render scene.blend --frames 1-999999999 | leaves Blender's range
                    render scene.blend --size 100 | is not a size
                    render scene.blend --size 1x1 | The width must be between 4 and 65536
                    render scene.blend --samples 0 | a whole number from 1 to 65536
                    render scene.blend --samples many | is not a whole number from 1 to 65536
                    render scene.blend --seed -1 | a whole number from 0 to 2147483647
                    render scene.blend --seed 99999999999 | a whole number from 0 to 2147483647
                    render scene.blend --size 9999999x100 | The width must be between 4 and 65536
                    render scene.blend --size 99999% | The percent must be between
                    render scene.blend --engine povray | there are cycles, eevee, workbench
                    render scene.blend --format gif | there are png, png16, jpeg, exr, exr-multilayer
                    render scene.blend --device tpu | there are auto, cpu, gpu
                    render scene.blend --denoise maybe | there are on, off, file
                    render scene.blend --blender newest | not a version of Blender
                    render scene.blend --priority 101 | from 0 to 100
                    render scene.blend --name ../{frame}.{ext} | leaves the folder
                    render scene.blend --name {frme}.{ext} | none of {frame}
                    render scene.blend -o notes.txt | is a file
                    render scene.blend --server ftp://host | not the address of a server
                    render scene.blend --token t | --token goes with --server
                    render scene.blend --wrong | --wrong
                    render scene.blend --detach -o out | kiln tasks download
                    render scene.blend --detach --name {frame}.{ext} | --name would do nothing
                    inspect no-such.blend | There is no file or folder
                    tasks show | TASK
                    tasks show a/b | is not a task
                    tasks priority 12 200 | from 0 to 100
                    tasks priority 12 much | is not a whole number from 0 to 100
                    serve --port 99999 | a whole number from 0 to 65535
                    nodes enrol --minutes 0 | a whole number from 1 to 10080
                    node --server http://127.0.0.1:1 | kiln nodes enrol
                    node --slots 0 | from 1 to 256
                    node --tags Big | small letters
                    node --tags a,b,c,d,e,f,g,h,i | at most 8 tags
                    render scene.blend --on Big | small letters
                    tokens add x --days 999 | a whole number from 1 to 366
                    audit list --limit 501 | a whole number from 1 to 500
                    models list --limit x | a whole number from 1 to
                    tasks next | TASK
                    tasks list --status sleeping | there are waiting, queued, rendering
                    tasks list --limit 0 | a whole number from 1 to
                    image build --method magic | is not a method
                    render scene.blend -o /proc/nope | cannot be made
                    nonsense | There is no command 'nonsense' of 'kiln'
                    rendr scene.blend | did you mean 'render'
                    bogus | There is no command 'bogus' of 'kiln'.
                    render scene.blend --name {frame:04} | has no ending
                    tasks lst | There is no command 'lst' of 'kiln tasks'; did you mean 'list'
                    render scene.blend --sampels 4 | There is no option '--sampels' for 'kiln render'; did you mean '--samples'
                    render scene.blend b.blend | is one word too many
                    """)
    void badInputIsOneClearSentenceAndExitCodeTwo(String args, String sentence) {
        CommandLineFixture.Outcome outcome = kiln.run(args.strip().split(" "));
        assertThat(outcome.exit()).as(outcome.err()).isEqualTo(ExitCode.UNUSABLE);
        assertThat(outcome.err()).contains(sentence).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void badUsageOfRenderIsJsonToo() {
        CommandLineFixture.Outcome outcome = kiln.run("render", "scene.blend", "--frames", "5-1", "--json");
        JsonNode report = JsonMapper.shared().readTree(outcome.out());
        assertThat(report.path("status").asString()).isEqualTo("refused");
        assertThat(report.path("problem").path("message").asString()).contains("ends before it begins");
        assertThat(report.path("results").isArray()).isTrue();
        assertThat(report.has("taskId")).isTrue();
        assertThat(outcome.out().lines()).hasSize(1);
    }

    @Test
    void anInterruptionBeforeAnythingBeganIsJsonToo() {
        CommandLineFixture.Outcome outcome = kiln.interruptedEarly("render", "scene.blend", "--json");
        assertThat(outcome.exit()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(outcome.out().lines()).hasSize(1);
        JsonNode report = JsonMapper.shared().readTree(outcome.out());
        assertThat(report.path("status").asString()).isEqualTo("refused");
        assertThat(report.path("problem").path("code").asString()).isEqualTo("INTERRUPTED");
        assertThat(kiln.interruptedEarly("tasks", "watch").out()).isEmpty();
    }

    @Test
    void badUsageOfOtherCommandsIsJsonToo() {
        CommandLineFixture.Outcome outcome = kiln.run("tasks", "list", "--limit", "0", "--json");
        assertThat(JsonMapper.shared()
                        .readTree(outcome.out())
                        .path("problem")
                        .path("code")
                        .asString())
                .isEqualTo("BAD_USAGE");
    }

    @Test
    void framesMayBeNegative() {
        // it gets as far as the server, which is not there
        assertThat(kiln.run("render", "scene.blend", "--frames", "-5--1").exit())
                .isEqualTo(ExitCode.NOTHING_RENDERS);
        assertThat(kiln.run("render", "scene.blend", "--frames=-5").exit()).isEqualTo(ExitCode.NOTHING_RENDERS);
    }

    @Test
    void withoutAServerNothingRenders() {
        CommandLineFixture.Outcome outcome = kiln.run("render", "scene.blend", "--json");
        assertThat(outcome.exit()).isEqualTo(ExitCode.NOTHING_RENDERS);
        assertThat(outcome.err()).contains("no room");
        assertThat(JsonMapper.shared()
                        .readTree(outcome.out())
                        .path("problem")
                        .path("code")
                        .asString())
                .isEqualTo("SERVER_NOT_STARTED");
    }

    @Test
    void aNamedServerThatDoesNotAnswerIsNamed() {
        CommandLineFixture.Outcome outcome =
                kiln.run("tasks", "list", "--server", "http://127.0.0.1:1", "--token", "t");
        assertThat(outcome.exit()).isEqualTo(ExitCode.NOTHING_RENDERS);
        assertThat(outcome.err()).contains("http://127.0.0.1:1").contains("does not answer");
    }

    @Test
    void theServerCanBeNamedByVariable() {
        CommandLineFixture.Outcome outcome =
                kiln.with("KILN_SERVER", "http://127.0.0.1:1/").run("tasks", "list");
        assertThat(outcome.err()).contains("http://127.0.0.1:1");
    }

    @Test
    void debugShowsWhereAnErrorCameFrom() {
        assertThat(kiln.run("render", "no-such.blend", "--debug").err()).contains("\tat ");
        assertThat(kiln.with("KILN_DEBUG", "1").run("render", "no-such.blend").err())
                .contains("\tat ");
    }

    @Test
    void stopWithoutAServerIsFine() {
        CommandLineFixture.Outcome outcome = kiln.run("stop");
        assertThat(outcome.exit()).isZero();
        assertThat(outcome.out()).contains("No server runs");
    }

    @Test
    void withoutArgumentsItSaysWhatThereIs() {
        CommandLineFixture.Outcome outcome = kiln.run();
        assertThat(outcome.exit()).isEqualTo(ExitCode.UNUSABLE);
        assertThat(outcome.out()).contains("render").contains("demo").contains("doctor");
    }
}
