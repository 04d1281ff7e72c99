package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Real .blend files that behave as a test asks, made once by the Blender of this machine (3.4 or newer). Those that misbehave
 * do it in a text block that runs when the file is opened with trust.
 */
final class BlenderModels {
    /** What a hostile file tries: it writes what it could do into {@code probe.json} in its output folder. */
    static final String PROBE = """
            import json, os, socket, sys
            own = sys.argv[sys.argv.index("--") + 1:]
            folders = dict(zip(own[::2], own[1::2]))
            seen = {"uid": os.getuid(), "environment": sorted(os.environ)}
            def attempt(name, action):
                try:
                    action()
                    seen[name] = True
                except OSError as problem:
                    seen[name] = False
            def connect(place):
                link = socket.create_connection(place, 2)
                link.close()
            with open(os.path.join(folders["--in"], "probe.txt")) as source:
                secret, port = source.read().split("\\n")[:2]
            attempt("read a secret", lambda: open(secret).read())
            attempt("reach the network", lambda: connect(("127.0.0.1", int(port))))
            attempt("write its input", lambda: open(os.path.join(folders["--in"], "mine"), "w").close())
            attempt("write the system", lambda: open("/usr/mine", "w").close())
            attempt("read shadow", lambda: open("/etc/shadow").read())
            attempt("write its output", lambda: open(os.path.join(folders["--out"], "mine"), "w").close())
            with open(os.path.join(folders["--out"], "probe.json"), "w") as target:
                json.dump(seen, target)
            """;

    private static final String MAKE = """
            import bpy, sys
            folder = sys.argv[-2]
            probe = open(sys.argv[-1]).read()
            def save(name, text=None, samples=2, size=32):
                bpy.ops.wm.read_factory_settings()
                scene = bpy.context.scene
                scene.render.engine = "CYCLES"
                scene.cycles.samples = samples
                scene.cycles.use_denoising = False
                scene.cycles.use_adaptive_sampling = False
                scene.render.resolution_x = size
                scene.render.resolution_y = size * 3 // 4
                scene.render.image_settings.file_format = "PNG"
                if text is not None:
                    block = bpy.data.texts.new("run.py")
                    block.from_string(text)
                    block.use_module = True
                bpy.ops.wm.save_as_mainfile(filepath=folder + "/" + name + ".blend")
            save("plain")
            save("slow", samples=60000, size=512)
            save("bench", samples=8, size=240)
            save("flood", "for line in range(20000): print('Fra:1 Mem:8M | a line that says nothing', line)")
            save("crash", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
            save("hog", "hog = [bytearray(b'x' * (64 << 20)) for _ in range(64)]")
            save("probe", probe)
            """;

    private static final Map<BackendContract.Model, String> NAMES = new EnumMap<>(BackendContract.Model.class);
    private static Path folder;

    static {
        for (BackendContract.Model model : BackendContract.Model.values()) {
            NAMES.put(model, model.name().toLowerCase(Locale.ROOT));
        }
    }

    private BlenderModels() {}

    static String put(BackendContract.Model model, Path in) throws IOException {
        return put(NAMES.get(model), in);
    }

    static String put(String name, Path in) throws IOException {
        String file = name + ".blend";
        Files.copy(folder().resolve(file), in.resolve(file), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        FolderRights.readableByAll(in);
        return file;
    }

    private static synchronized Path folder() throws IOException {
        if (folder == null) {
            Path made = Files.createTempDirectory("kiln-models");
            Path script = Files.writeString(made.resolve("make.py"), MAKE);
            Path probe = Files.writeString(made.resolve("probe.py"), PROBE);
            Process blender = new ProcessBuilder(List.of(
                            program().toString(),
                            "-b",
                            "--factory-startup",
                            "--python-exit-code",
                            "7",
                            "-P",
                            script.toString(),
                            "--",
                            made.toString(),
                            probe.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(made.resolve("make.log").toFile())
                    .start();
            try {
                if (!blender.waitFor(60, TimeUnit.SECONDS) || blender.exitValue() != 0) {
                    throw new IOException("The models were not made: " + Files.readString(made.resolve("make.log")));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            } finally {
                blender.destroyForcibly();
            }
            made.toFile().deleteOnExit();
            folder = made;
        }
        return folder;
    }

    /** The Blender of this machine. */
    static Path program() throws IOException {
        return BlenderPlaces.find(System.getenv()).keySet().stream()
                .findFirst()
                .orElseThrow(() -> new IOException("These tests need Blender on this machine: install it."));
    }
}
