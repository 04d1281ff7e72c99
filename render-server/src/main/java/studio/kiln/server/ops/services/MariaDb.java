package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The database of studio mode. Every commit reaches the disk before it is acknowledged. */
record MariaDb() implements Service {
    private static final int PROTOCOL = 10;

    @Override
    public String name() {
        return "mariadb";
    }

    @Override
    public String packages() {
        return "mariadb-server";
    }

    @Override
    public List<String> programs() {
        return List.of("/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/bin/mariadbd");
    }

    @Override
    public String database() {
        return "kiln";
    }

    @Override
    public ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException, InterruptedException {
        Path data = folder.resolve("data");
        String user = System.getProperty("user.name");
        if (!Files.isDirectory(data.resolve("mysql"))) {
            install(folder, data, user);
        }
        Path first = folder.resolve("first.sql");
        // Runs before the first connection is taken. Only the root of the socket's own machine exists beside Kiln's
        // user.
        PrivateFiles.write(first, """
                create database if not exists `kiln` character set utf8mb4 collate utf8mb4_bin;
                create user if not exists '%1$s'@'%%' identified by '%2$s';
                grant all on *.* to '%1$s'@'%%' with grant option;
                alter user 'root'@'localhost' identified by '%2$s';
                delete from mysql.global_priv where User = '';
                flush privileges;
                """.formatted(at.user(), at.password()));
        return new ProcessBuilder(
                        program,
                        "--no-defaults",
                        "--user=" + user,
                        "--datadir=" + data,
                        "--tmpdir=" + data,
                        // relative to the data: the name of a socket must be short
                        "--socket=mysqld.sock",
                        "--pid-file=" + folder.resolve("mysqld.pid"),
                        "--bind-address=" + at.host(),
                        "--port=" + at.port(),
                        "--init-file=" + first,
                        "--skip-name-resolve",
                        "--character-set-server=utf8mb4",
                        "--collation-server=utf8mb4_bin",
                        "--transaction-isolation=READ-COMMITTED",
                        "--default-time-zone=+00:00",
                        "--innodb-flush-log-at-trx-commit=1",
                        "--max-connections=300")
                .directory(data.toFile());
    }

    private static void install(Path folder, Path data, String user) throws IOException, InterruptedException {
        Path log = folder.resolve("install.log");
        Process process = new ProcessBuilder(
                        "mariadb-install-db",
                        "--no-defaults",
                        "--user=" + user,
                        "--datadir=" + data,
                        "--auth-root-authentication-method=normal",
                        "--skip-test-db")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new ServiceFailure("MariaDB could not make its first data in " + data + "; see " + log + ".");
        }
    }

    @Override
    public boolean answers(Endpoint at) throws IOException {
        byte[] greeting = Wire.ask(at, "", 5);
        return greeting.length == 5 && greeting[4] == PROTOCOL;
    }
}
