package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An object store with the S3 interface, over a folder. Its program is a jar, which the launcher fetches. */
record S3Proxy() implements Service {
    private static final String VERSION = "3.1.0";

    @Override
    public String name() {
        return "s3";
    }

    @Override
    public String packages() {
        return "";
    }

    @Override
    public List<String> programs() {
        @Nullable String named = System.getenv("KILN_S3PROXY");
        String repository = System.getProperty(
                "maven.repo.local",
                Path.of(System.getProperty("user.home"), ".m2", "repository").toString());
        String fetched = Path.of(repository, "org", "gaul", "s3proxy", VERSION)
                .resolve("s3proxy-" + VERSION + "-jar-with-dependencies.jar")
                .toString();
        return named == null ? List.of(fetched) : List.of(named, fetched);
    }

    @Override
    public Optional<String> program() {
        return programs().stream().filter(p -> Files.isReadable(Path.of(p))).findFirst();
    }

    @Override
    public String advice() {
        return "fetch it with: mvn dependency:get -Dartifact=org.gaul:s3proxy:" + VERSION
                + ":jar:jar-with-dependencies -Dtransitive=false, or name the jar by KILN_S3PROXY";
    }

    /** Its bucket. */
    @Override
    public String database() {
        return "kiln";
    }

    @Override
    public ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException {
        Path data = folder.resolve("data");
        PrivateFiles.folder(data);
        PrivateFiles.folder(data.resolve(database()));
        Path settings = folder.resolve("s3proxy.properties");
        PrivateFiles.write(settings, """
                s3proxy.endpoint=http://%1$s:%2$d
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=%3$s
                s3proxy.credential=%4$s
                jclouds.provider=filesystem-nio2
                jclouds.identity=unused
                jclouds.credential=unused
                jclouds.filesystem.basedir=%5$s
                """.formatted(at.host(), at.port(), at.user(), at.password(), data));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        program,
                        "--properties",
                        settings.toString())
                .directory(folder.toFile());
    }

    // Whoever shows no key is refused, and that is an answer.
    @Override
    public boolean answers(Endpoint at) throws IOException {
        return Wire.askText(at, "GET / HTTP/1.1\r\nHost: " + at.host() + "\r\nConnection: close\r\n\r\n", 12)
                .equals("HTTP/1.1 403");
    }
}
