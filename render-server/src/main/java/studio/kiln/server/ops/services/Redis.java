package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The cache of studio mode. It holds only what can be made again, so it writes nothing to disk. */
record Redis() implements Service {
    @Override
    public String name() {
        return "redis";
    }

    @Override
    public String packages() {
        return "redis-server";
    }

    @Override
    public List<String> programs() {
        return List.of("/usr/bin/redis-server", "/usr/local/bin/redis-server");
    }

    @Override
    public ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException {
        Path settings = folder.resolve("redis.conf");
        PrivateFiles.write(settings, """
                bind %s
                port %d
                requirepass %s
                dir "%s"
                save ""
                appendonly no
                daemonize no
                """.formatted(at.host(), at.port(), at.password(), folder));
        return new ProcessBuilder(program, settings.toString()).directory(folder.toFile());
    }

    @Override
    public boolean answers(Endpoint at) throws IOException {
        return Wire.askText(at, "AUTH " + at.password() + "\r\nPING\r\n", 12).equals("+OK\r\n+PONG\r\n");
    }
}
