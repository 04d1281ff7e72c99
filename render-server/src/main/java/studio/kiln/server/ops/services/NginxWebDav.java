package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** A plain file server that speaks WebDAV, for stores that are no object store. */
record NginxWebDav() implements Service {
    private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so");

    @Override
    public String name() {
        return "webdav";
    }

    @Override
    public String packages() {
        return "nginx-light libnginx-mod-http-dav-ext";
    }

    @Override
    public List<String> programs() {
        return List.of("/usr/sbin/nginx", "/usr/bin/nginx");
    }

    @Override
    public ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException {
        Path files = folder.resolve("data");
        PrivateFiles.folder(files);
        Path temporary = folder.resolve("temporary");
        PrivateFiles.folder(temporary);
        Path users = folder.resolve("users");
        PrivateFiles.write(users, at.user() + ":{PLAIN}" + at.password() + "\n");
        boolean root = "root".equals(System.getProperty("user.name"));
        boolean extended = Files.exists(MODULE);
        Path settings = folder.resolve("nginx.conf");
        PrivateFiles.write(settings, """
                %1$s
                %2$s
                daemon off;
                worker_processes 1;
                pid "%3$s/nginx.pid";
                error_log stderr;
                events { worker_connections 256; }
                http {
                    access_log off;
                    client_body_temp_path "%4$s/body";
                    proxy_temp_path "%4$s/proxy";
                    fastcgi_temp_path "%4$s/fastcgi";
                    uwsgi_temp_path "%4$s/uwsgi";
                    scgi_temp_path "%4$s/scgi";
                    client_max_body_size 0;
                    server {
                        listen %5$s:%6$d;
                        root "%3$s/data";
                        auth_basic "kiln";
                        auth_basic_user_file "%3$s/users";
                        location / {
                            dav_methods PUT DELETE MKCOL COPY MOVE;
                            %7$s
                            create_full_put_path on;
                            min_delete_depth 0;
                        }
                    }
                }
                """.formatted(
                        extended ? "load_module " + MODULE + ";" : "",
                        root ? "user root;" : "",
                        folder,
                        temporary,
                        at.host(),
                        at.port(),
                        extended ? "dav_ext_methods PROPFIND OPTIONS;" : ""));
        return new ProcessBuilder(program, "-p", folder.toString(), "-e", "stderr", "-c", settings.toString())
                .directory(folder.toFile());
    }

    @Override
    public boolean answers(Endpoint at) throws IOException {
        String login =
                Base64.getEncoder().encodeToString((at.user() + ":" + at.password()).getBytes(StandardCharsets.UTF_8));
        String answer = Wire.askText(
                at,
                "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + login
                        + "\r\nConnection: close\r\n\r\n",
                12);
        // Without the extension nginx knows no OPTIONS, but it has let us in.
        return answer.equals("HTTP/1.1 200") || answer.equals("HTTP/1.1 405");
    }
}
