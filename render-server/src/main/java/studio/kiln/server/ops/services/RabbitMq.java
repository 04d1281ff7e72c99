package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The broker of studio mode, with a port mapper of its own so that it meets no other Erlang of the machine. */
record RabbitMq() implements Service {
    private static final String HELLO = "AMQP\0\0\u0009\1";

    @Override
    public String name() {
        return "rabbitmq";
    }

    @Override
    public String packages() {
        return "rabbitmq-server";
    }

    // Not the one in /usr/sbin, which changes to a user of its own.
    @Override
    public List<String> programs() {
        return List.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
    }

    @Override
    public String database() {
        return "/";
    }

    @Override
    public ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException {
        Path settings = folder.resolve("rabbitmq.conf");
        PrivateFiles.write(settings, """
                listeners.tcp.1 = %s:%d
                default_user = %s
                default_pass = %s
                disk_free_limit.absolute = 100MB
                log.console = true
                log.file = false
                """.formatted(at.host(), at.port(), at.user(), at.password()));
        Path plugins = folder.resolve("enabled_plugins");
        PrivateFiles.write(plugins, "[].\n");
        Path ports = folder.resolve("ports");
        if (!Files.exists(ports)) {
            PrivateFiles.write(ports, Ports.free() + " " + Ports.free());
        }
        String[] own = Files.readString(ports).strip().split(" ", -1);
        ProcessBuilder start = new ProcessBuilder(program).directory(folder.toFile());
        start.environment()
                .putAll(Map.of(
                        "HOME", folder.toString(),
                        "RABBITMQ_NODENAME", "kiln-" + at.port() + "@localhost",
                        "RABBITMQ_MNESIA_BASE", folder.resolve("data").toString(),
                        "RABBITMQ_LOG_BASE", folder.resolve("log").toString(),
                        "RABBITMQ_CONFIG_FILE", settings.toString(),
                        "RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString(),
                        "RABBITMQ_PID_FILE", folder.resolve("rabbitmq.pid").toString(),
                        "RABBITMQ_DIST_PORT", own[0],
                        "ERL_EPMD_PORT", own[1],
                        "ERL_EPMD_ADDRESS", at.host()));
        return start;
    }

    @Override
    public boolean answers(Endpoint at) throws IOException {
        byte[] frame = Wire.ask(at, HELLO, 1);
        return frame.length == 1 && frame[0] == 1;
    }

    @Override
    public void afterwards(Path folder) throws IOException, InterruptedException {
        Path ports = folder.resolve("ports");
        if (!Files.exists(ports)) {
            return;
        }
        ProcessBuilder end = new ProcessBuilder("epmd", "-kill")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("epmd.log").toFile());
        end.environment().put("ERL_EPMD_PORT", Files.readString(ports).strip().split(" ", -1)[1]);
        end.start().waitFor(10, TimeUnit.SECONDS);
    }
}
