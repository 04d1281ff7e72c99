package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * MySQL 9 in place of MariaDB, in a container: no system that has MariaDB's packages has MySQL's beside them. Its image is made
 * by the launcher; its data are in the folder of the service. Its process is the engine's client, which hands signals on.
 */
record MySql() implements Service {
    private static final String IMAGE = "kiln/mysql:9";
    private static final int PROTOCOL = 10;

    @Override
    public String name() {
        return "mysql";
    }

    @Override
    public String packages() {
        return "";
    }

    @Override
    public String advice() {
        return "it runs in a container: install Docker with 'sudo apt-get install docker.io', then './kiln services up --mysql'"
                + " makes its image";
    }

    @Override
    public boolean isStandard() {
        return false;
    }

    @Override
    public List<String> programs() {
        return List.of("/usr/bin/docker", "/usr/local/bin/docker");
    }

    @Override
    public String database() {
        return "kiln";
    }

    @Override
    public ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException, InterruptedException {
        if (run(folder, program, "image", "inspect", "--format", "{{.Id}}", IMAGE) != 0) {
            throw new ServiceFailure("No container engine answers, or it has no image " + IMAGE
                    + " (its words are in " + engineLog(folder)
                    + "); './kiln services up --mysql' makes the image, and as"
                    + " root it starts the engine.");
        }
        afterwards(folder);
        Path data = folder.resolve("data");
        if (!Files.isDirectory(data.resolve("mysql"))) {
            List<String> install = new ArrayList<>(container(program, folder));
            install.addAll(List.of("--network", "none", IMAGE, "mysqld"));
            install.addAll(common(data));
            install.add("--initialize-insecure");
            if (run(folder, install.toArray(String[]::new)) != 0) {
                throw new ServiceFailure(
                        "MySQL could not make its first data in " + data + "; see " + engineLog(folder) + ".");
            }
        }
        Path first = folder.resolve("first.sql");
        // Runs before the first connection is taken.
        PrivateFiles.write(first, """
                create database if not exists `kiln` character set utf8mb4 collate utf8mb4_bin;
                create user if not exists '%1$s'@'%%' identified by '%2$s';
                grant all on *.* to '%1$s'@'%%' with grant option;
                alter user 'root'@'localhost' identified by '%2$s';
                """.formatted(at.user(), at.password()));
        List<String> start = new ArrayList<>(container(program, folder));
        // of the machine's network, for it listens at the loopback alone
        start.addAll(List.of("--network", "host", "--cidfile", cidFile(folder).toString(), IMAGE, "mysqld"));
        start.addAll(common(data));
        start.addAll(List.of(
                "--init-file=" + first,
                "--socket=/tmp/mysqld.sock",
                "--pid-file=/tmp/mysqld.pid",
                "--bind-address=" + at.host(),
                "--port=" + at.port(),
                "--mysqlx=OFF",
                "--skip-name-resolve",
                "--skip-log-bin",
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_bin",
                "--transaction-isolation=READ-COMMITTED",
                "--default-time-zone=+00:00",
                "--innodb-flush-log-at-trx-commit=1",
                "--max-connections=300"));
        return new ProcessBuilder(start).directory(folder.toFile());
    }

    private static List<String> common(Path data) {
        return List.of("--no-defaults", "--user=root", "--datadir=" + data, "--secure-file-priv=NULL");
    }

    /** A container that can do nothing but write the service's own folder, as the user whose folder it is. */
    private static List<String> container(String program, Path folder) throws IOException {
        String user = Files.getAttribute(folder, "unix:uid") + ":" + Files.getAttribute(folder, "unix:gid");
        return List.of(
                program,
                "run",
                "--rm",
                "--init",
                "--read-only",
                "--tmpfs",
                "/tmp",
                "--cap-drop",
                "ALL",
                "--security-opt",
                "no-new-privileges",
                "--user",
                user,
                "--volume",
                folder + ":" + folder);
    }

    private static Path cidFile(Path folder) {
        return folder.resolve("container");
    }

    private static Path engineLog(Path folder) {
        return folder.resolve("engine.log");
    }

    private static int run(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(engineLog(folder).toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }

    @Override
    public boolean answers(Endpoint at) throws IOException {
        byte[] greeting = Wire.ask(at, "", 5);
        return greeting.length == 5 && greeting[4] == PROTOCOL;
    }

    // The container outlives a client that was killed.
    @Override
    public void afterwards(Path folder) throws IOException, InterruptedException {
        Path file = cidFile(folder);
        if (Files.exists(file)) {
            String id = Files.readString(file).strip();
            String program = program().orElse("docker");
            if (!id.isEmpty()) {
                run(folder, program, "rm", "--force", id);
            }
            Files.deleteIfExists(file);
        }
    }
}
