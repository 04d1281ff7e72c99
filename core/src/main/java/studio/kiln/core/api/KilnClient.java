package studio.kiln.core.api;

import io.tus.java.client.ProtocolException;
import io.tus.java.client.TusClient;
import io.tus.java.client.TusUpload;
import io.tus.java.client.TusUploader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;
import studio.kiln.core.access.Thing;
import studio.kiln.core.asset.Sha256;
import tools.jackson.core.type.TypeReference;

/**
 * The one client of Kiln's HTTP API; command line and studio share it. Safe for any number of threads; every call blocks
 * its thread until the answer is there, so call it from a virtual thread and never from the FX thread.
 *
 * <p>Calls throw {@link ApiException} when the server answers with a problem and {@link Unreachable} when it does not
 * answer.
 */
public final class KilnClient implements AutoCloseable {
    private static final int UPLOAD_CHUNK = 8 << 20;

    private final ServerAddress address;
    private final ApiCalls calls;
    private final HttpClient http;

    public KilnClient(ServerAddress address) {
        this.address = address;
        this.calls = new ApiCalls(address);
        this.http = calls.http();
    }

    public ServerAddress address() {
        return address;
    }

    // ---- server

    public ServerView server() {
        return get("/api/server", ServerView.class);
    }

    /** Asks the server to end after it has answered. Work that runs is given back and continues at the next start. */
    public void stop() {
        post("/api/server/stop", null, Void.class);
    }

    // ---- models

    public ModelUpload announce(ModelSubmission submission) {
        return post("/api/models", submission, ModelUpload.class);
    }

    /**
     * Sends one file of an announced version by tus, going on from where an earlier try ended.
     *
     * @param sent hears how many bytes the server has
     * @param cancelled asked between chunks; when it says true the upload ends with an {@link InterruptedIOException}
     */
    public void upload(String versionId, Sha256 sha256, Path file, LongConsumer sent, BooleanSupplier cancelled)
            throws IOException {
        TusClient tus = new TusClient();
        tus.setUploadCreationURL(uri("/api/uploads").toURL());
        tus.setHeaders(Map.of("Authorization", "Bearer " + address.token()));
        tus.setConnectTimeout((int) ApiCalls.CONNECT.toMillis());
        tus.enableResuming(new ResumeMemory());
        TusUpload upload = new TusUpload();
        upload.setSize(Files.size(file));
        upload.setFingerprint(versionId + "/" + sha256);
        upload.setMetadata(Map.of("sha256", sha256.hex(), "version", versionId));
        int failures = 0;
        while (true) {
            try (InputStream in = Files.newInputStream(file)) {
                upload.setInputStream(in);
                TusUploader uploader = tus.resumeOrCreateUpload(upload);
                uploader.setChunkSize(1 << 20);
                uploader.setRequestPayloadSize(UPLOAD_CHUNK);
                do {
                    if (cancelled.getAsBoolean()) {
                        throw new InterruptedIOException("The upload was cancelled.");
                    }
                    sent.accept(uploader.getOffset());
                } while (uploader.uploadChunk() > -1);
                uploader.finish();
                return;
            } catch (InterruptedIOException e) {
                throw e;
            } catch (ProtocolException e) {
                failures++;
                if (failures >= 4 || !e.shouldRetry() || isFull(e)) {
                    throw problemOf(e);
                }
            } catch (IOException e) {
                failures++;
                if (failures >= 4) {
                    throw new Unreachable(
                            "The upload of " + file.getFileName() + " to " + address + " broke off: " + e.getMessage(),
                            e);
                }
            }
        }
    }

    /** Says that all files were sent; the version is inspected from here on. */
    public ModelVersionView complete(String versionId) {
        return post("/api/model-versions/" + versionId + "/complete", null, ModelVersionView.class);
    }

    public ModelVersionView version(String versionId) {
        return get("/api/model-versions/" + versionId, ModelVersionView.class);
    }

    /** The version as soon as it is inspected, or as it is after {@code wait}, whichever comes first. */
    public ModelVersionView versionAfter(String versionId, Duration wait) {
        return get(
                "/api/model-versions/" + versionId + "?wait=" + Math.clamp(wait.toSeconds(), 0, 50),
                ModelVersionView.class);
    }

    /** @param query words to find in names, or null */
    public Page<ModelView> models(@Nullable String query, @Nullable String cursor, int limit) {
        return get(
                "/api/models" + query("q", query, "cursor", cursor, "limit", Integer.toString(limit)),
                new TypeReference<>() {});
    }

    public ModelView model(String id) {
        return get("/api/models/" + id, ModelView.class);
    }

    public List<ModelVersionView> versions(String modelId) {
        return get("/api/models/" + modelId + "/versions", new TypeReference<>() {});
    }

    /** Removes a model from the library; tasks and results stay. */
    public void deleteModel(String id) {
        call(request("/api/models/" + id).DELETE(), Void.class);
    }

    // ---- tasks

    /** Submits; the same key again gives the task of the first time. */
    public TaskView submit(TaskRequest request, UUID idempotencyKey) {
        HttpRequest.Builder http = request("/api/tasks")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", idempotencyKey.toString())
                .POST(BodyPublishers.ofString(ApiJson.LENIENT.writeValueAsString(request)));
        return call(http, TaskView.class);
    }

    public TaskPreview preview(TaskRequest request) {
        return post("/api/tasks/preview", request, TaskPreview.class);
    }

    /**
     * Newest first.
     *
     * @param states words of states, separated by commas, or null for all
     */
    public Page<TaskView> tasks(@Nullable String states, @Nullable String query, @Nullable String cursor, int limit) {
        return get(
                "/api/tasks" + query("status", states, "q", query, "cursor", cursor, "limit", Integer.toString(limit)),
                new TypeReference<>() {});
    }

    /** @param id a task's id, or its short number */
    public TaskView task(String id) {
        return get("/api/tasks/" + encode(id), TaskView.class);
    }

    public TaskStatus status(String id) {
        return get("/api/tasks/" + encode(id) + "/status", TaskStatus.class);
    }

    public TaskView pause(String id) {
        return post("/api/tasks/" + encode(id) + "/pause", null, TaskView.class);
    }

    public TaskView resume(String id) {
        return post("/api/tasks/" + encode(id) + "/resume", null, TaskView.class);
    }

    public TaskView cancel(String id) {
        return post("/api/tasks/" + encode(id) + "/cancel", null, TaskView.class);
    }

    public TaskView requeue(String id, Requeue requeue) {
        return post("/api/tasks/" + encode(id) + "/requeue", requeue, TaskView.class);
    }

    public TaskView priority(String id, int priority) {
        return post("/api/tasks/" + encode(id) + "/priority", new PriorityChange(priority), TaskView.class);
    }

    /** Puts a task before all others, or back to its turn. */
    public TaskView next(String id, boolean next) {
        return post("/api/tasks/" + encode(id) + "/next", new NextChange(next), TaskView.class);
    }

    /** In the order of publication. */
    public Page<ResultView> results(String taskId, @Nullable String cursor, int limit) {
        return get(
                "/api/tasks/" + encode(taskId) + "/results" + query("cursor", cursor, "limit", Integer.toString(limit)),
                new TypeReference<>() {});
    }

    public List<ChunkView> chunks(String taskId) {
        return get("/api/tasks/" + encode(taskId) + "/chunks", new TypeReference<>() {});
    }

    /** Holds database, cache and nodes against each other, and mends what differs. */
    public TaskVerification verify(String taskId) {
        return post("/api/tasks/" + encode(taskId) + "/verify", null, TaskVerification.class);
    }

    public Page<TimelineEntry> timeline(String taskId, @Nullable String cursor, int limit) {
        return get(
                "/api/tasks/" + encode(taskId) + "/timeline"
                        + query("cursor", cursor, "limit", Integer.toString(limit)),
                new TypeReference<>() {});
    }

    public Page<LogLine> logs(String taskId, @Nullable String cursor, int limit) {
        return get(
                "/api/tasks/" + encode(taskId) + "/logs" + query("cursor", cursor, "limit", Integer.toString(limit)),
                new TypeReference<>() {});
    }

    /** The render script, to be run by hand with {@code blender -b -P}. */
    public String script(String taskId) {
        return new String(bytes("/api/tasks/" + encode(taskId) + "/script"), StandardCharsets.UTF_8);
    }

    /**
     * Downloads a picture beside its target, checks its digest, and moves it into place.
     *
     * @throws IOException when it cannot be written, or arrived damaged
     */
    public void download(ResultView result, Path target) throws IOException {
        Path part = target.resolveSibling("." + target.getFileName() + "." + result.id() + ".part");
        try {
            HttpResponse<Path> answer = http.send(
                    request("/api/results/" + result.id() + "/content").GET().build(),
                    info -> info.statusCode() == 200
                            ? HttpResponse.BodySubscribers.ofFile(part)
                            : HttpResponse.BodySubscribers.mapping(HttpResponse.BodySubscribers.ofByteArray(), body -> {
                                throw ApiCalls.problem(info.statusCode(), body);
                            }));
            if (!Sha256.of(answer.body()).equals(result.sha256())) {
                throw new IOException("The picture of frame " + result.frame() + " arrived damaged; try again.");
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("The download was interrupted.");
        } finally {
            Files.deleteIfExists(part);
        }
    }

    // ---- pictures

    /** The bytes of a published picture. */
    public byte[] content(String resultId) {
        return bytes("/api/results/" + resultId + "/content");
    }

    /** A PNG of a result, at most {@code width} pixels wide. */
    public byte[] resultThumbnail(String resultId, int width) {
        return bytes("/api/results/" + resultId + "/thumbnail?width=" + width);
    }

    /** The draft of a frame, as the progress of its task names it: a small PNG with few samples. */
    public byte[] draft(String taskId, Sha256 draft) {
        return bytes("/api/tasks/" + taskId + "/drafts/" + draft);
    }

    /** A PNG of a model version, rendered by an engine. */
    public byte[] versionThumbnail(String versionId) {
        return bytes("/api/model-versions/" + versionId + "/thumbnail");
    }

    // ---- engines

    public List<EngineView> engines() {
        return get("/api/engines", new TypeReference<>() {});
    }

    public EngineView addEngine(String path) {
        return post("/api/engines", new EngineAdd(path), EngineView.class);
    }

    public void removeEngine(String id) {
        call(request("/api/engines/" + encode(id)).DELETE(), Void.class);
    }

    /** Runs the self-test again; takes from seconds to a minute. */
    public EngineView testEngine(String id) {
        return call(
                request("/api/engines/" + encode(id) + "/test")
                        .timeout(Duration.ofMinutes(5))
                        .POST(BodyPublishers.noBody()),
                EngineView.class);
    }

    // ---- nodes

    /** The machines that render, by name. */
    public List<NodeView> nodes() {
        return get("/api/nodes", new TypeReference<>() {});
    }

    /** @param node id or name */
    public NodeView node(String node) {
        return get("/api/nodes/" + encode(node), NodeView.class);
    }

    /** Makes a token with which one node joins. */
    public EnrolmentAdded enrolNode(EnrolmentAdd enrolment) {
        return post("/api/nodes/enrolments", enrolment, EnrolmentAdded.class);
    }

    /** Gives a node no more work; what it has goes on to its end. */
    public NodeView drainNode(String node) {
        return post("/api/nodes/" + encode(node) + "/drain", null, NodeView.class);
    }

    /** Gives a node no more work, and what it has to others. */
    public NodeView disableNode(String node) {
        return post("/api/nodes/" + encode(node) + "/disable", null, NodeView.class);
    }

    public NodeView enableNode(String node) {
        return post("/api/nodes/" + encode(node) + "/enable", null, NodeView.class);
    }

    /** Forgets a node. */
    public void removeNode(String node) {
        call(request("/api/nodes/" + encode(node)).DELETE(), Void.class);
    }

    // ---- signing in, and one's own account

    /** Makes the first administrator and signs in; the client goes on as who it was. */
    public SignedIn setUp(FirstAdmin first) {
        return post("/api/setup", first, SignedIn.class);
    }

    /** Opens a session; the client goes on as who it was. */
    public SignedIn signIn(SignIn who) {
        return post("/api/login", who, SignedIn.class);
    }

    /** Ends the session, or voids the token, of this client. */
    public void signOut() {
        post("/api/logout", null, Void.class);
    }

    public Me me() {
        return get("/api/me", Me.class);
    }

    /** Ends all sessions of this person and opens a new one. */
    public SignedIn changePassword(PasswordChange change) {
        return post("/api/me/password", change, SignedIn.class);
    }

    /** One's own sessions and tokens, newest first. */
    public List<TokenView> tokens() {
        return get("/api/me/tokens", new TypeReference<>() {});
    }

    public TokenAdded addToken(TokenAdd token) {
        return post("/api/me/tokens", token, TokenAdded.class);
    }

    public void revokeToken(String id) {
        call(request("/api/me/tokens/" + encode(id)).DELETE(), Void.class);
    }

    // ---- accounts and groups, for administrators

    public List<UserView> users() {
        return get("/api/users", new TypeReference<>() {});
    }

    public UserView addUser(UserAdd user) {
        return post("/api/users", user, UserView.class);
    }

    public UserView setRole(String user, Role role) {
        return post("/api/users/" + encode(user) + "/role", new RoleChange(role), UserView.class);
    }

    public UserView disableUser(String user) {
        return post("/api/users/" + encode(user) + "/disable", null, UserView.class);
    }

    public UserView enableUser(String user) {
        return post("/api/users/" + encode(user) + "/enable", null, UserView.class);
    }

    public UserView setPassword(String user, String password) {
        return post("/api/users/" + encode(user) + "/password", new PasswordSet(password), UserView.class);
    }

    public List<TokenView> tokensOf(String user) {
        return get("/api/users/" + encode(user) + "/tokens", new TypeReference<>() {});
    }

    public void revokeTokenOf(String user, String id) {
        call(request("/api/users/" + encode(user) + "/tokens/" + encode(id)).DELETE(), Void.class);
    }

    public List<GroupView> groups() {
        return get("/api/groups", new TypeReference<>() {});
    }

    /** Work beside rendering that was given up. */
    public Page<JobView> deadJobs(@Nullable String cursor, int limit) {
        return get(
                "/api/jobs/dead" + query("cursor", cursor, "limit", Integer.toString(limit)), new TypeReference<>() {});
    }

    public void replayJob(String jobId) {
        post("/api/jobs/" + encode(jobId) + "/replay", null, Void.class);
    }

    public GroupView addGroup(String name) {
        return post("/api/groups", new GroupAdd(name), GroupView.class);
    }

    public void removeGroup(String name) {
        call(request("/api/groups/" + encode(name)).DELETE(), Void.class);
    }

    public GroupView addMember(String group, String user) {
        return post("/api/groups/" + encode(group) + "/members", new MemberAdd(user), GroupView.class);
    }

    public GroupView removeMember(String group, String user) {
        return call(
                request("/api/groups/" + encode(group) + "/members/" + encode(user))
                        .DELETE(),
                GroupView.class);
    }

    // ---- projects and shares

    public List<ProjectView> projects() {
        return get("/api/projects", new TypeReference<>() {});
    }

    public ProjectView addProject(String name) {
        return post("/api/projects", new ProjectAdd(name), ProjectView.class);
    }

    /** Whom one can share with. */
    public People people() {
        return get("/api/people", People.class);
    }

    /** @param id of the thing, or number of a task */
    public List<ShareView> shares(Thing.Kind kind, String id) {
        return get(sharesOf(kind, id), new TypeReference<>() {});
    }

    public ShareView share(Thing.Kind kind, String id, ShareAdd share) {
        return post(sharesOf(kind, id), share, ShareView.class);
    }

    public void unshare(Thing.Kind kind, String id, String share) {
        call(request(sharesOf(kind, id) + "/" + encode(share)).DELETE(), Void.class);
    }

    private static String sharesOf(Thing.Kind kind, String id) {
        return "/api/" + kind.word() + "s/" + encode(id) + "/shares";
    }

    // ---- the audit log, for administrators

    /**
     * Newest first.
     *
     * @param filter by {@code actor}, {@code act}, {@code target}, {@code outcome}, {@code from} and {@code to}
     */
    public Page<AuditEntry> audit(Map<String, String> filter, @Nullable String cursor, int limit) {
        return get(
                "/api/audit" + query(pairs(filter, "cursor", cursor, "limit", Integer.toString(limit))),
                new TypeReference<>() {});
    }

    /** @param expected a head that was noted down earlier, or null */
    public AuditReport verifyAudit(@Nullable String expected) {
        return call(
                request("/api/audit/verify" + query("expect", expected))
                        .timeout(Duration.ofMinutes(30))
                        .GET(),
                AuditReport.class);
    }

    /** Writes all entries, oldest first, one JSON object a line. */
    public void exportAudit(Map<String, String> filter, OutputStream out) throws IOException {
        try {
            HttpResponse<InputStream> answer = http.send(
                    request("/api/audit/export" + query(pairs(filter)))
                            .timeout(Duration.ofMinutes(30))
                            .GET()
                            .build(),
                    BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                if (answer.statusCode() != 200) {
                    throw ApiCalls.problem(answer.statusCode(), body.readAllBytes());
                }
                body.transferTo(out);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("The export was interrupted.");
        }
    }

    private static @Nullable String[] pairs(Map<String, String> filter, @Nullable String... more) {
        List<@Nullable String> pairs = new ArrayList<>();
        filter.forEach((name, value) -> pairs.addAll(List.of(name, value)));
        pairs.addAll(Arrays.asList(more));
        return pairs.toArray(new @Nullable String[0]);
    }

    // ---- events

    /**
     * Opens the event stream.
     *
     * @param task only events of that task; null for all that the caller may see
     * @param after number of the last event that was seen, or null to begin now
     */
    public EventStream events(@Nullable String task, @Nullable Long after) {
        HttpRequest.Builder request =
                request("/api/events" + query("task", task)).timeout(Duration.ofSeconds(30));
        request.header("Accept", "text/event-stream");
        if (after != null) {
            request.header("Last-Event-ID", Long.toString(after));
        }
        try {
            HttpResponse<InputStream> answer = http.send(request.GET().build(), BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                try (InputStream body = answer.body()) {
                    throw ApiCalls.problem(answer.statusCode(), body.readAllBytes());
                }
            }
            return new EventStream(answer.body());
        } catch (IOException e) {
            throw calls.unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unreachable("Interrupted while waiting for the server.", e);
        }
    }

    @Override
    public void close() {
        calls.close();
    }

    // ---- how it is done

    private URI uri(String path) {
        return calls.uri(path);
    }

    private HttpRequest.Builder request(String path) {
        return calls.request(path);
    }

    private <T> T get(String path, Class<T> type) {
        return calls.call(request(path).GET(), type);
    }

    private <T> T get(String path, TypeReference<T> type) {
        return ApiJson.LENIENT.readValue(calls.send(request(path).GET()), type);
    }

    private <T> T post(String path, @Nullable Object body, Class<T> type) {
        return calls.post(request(path), body, type);
    }

    private <T> T call(HttpRequest.Builder request, Class<T> type) {
        return calls.call(request, type);
    }

    private byte[] bytes(String path) {
        return calls.send(request(path).GET());
    }

    // Room does not come back within the pauses of these tries.
    private static boolean isFull(ProtocolException e) throws IOException {
        java.net.HttpURLConnection connection = e.getCausingConnection();
        return connection != null && connection.getResponseCode() == 507;
    }

    private static ApiException problemOf(ProtocolException e) {
        try {
            java.net.HttpURLConnection connection = e.getCausingConnection();
            if (connection != null && connection.getErrorStream() != null) {
                return ApiCalls.problem(
                        connection.getResponseCode(),
                        connection.getErrorStream().readAllBytes());
            }
        } catch (IOException unreadable) {
            e.addSuppressed(unreadable);
        }
        return new ApiException(Problem.of(500, "UPLOAD", "The upload failed", "The upload failed: " + e.getMessage()));
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String query(@Nullable String... pairs) {
        StringBuilder query = new StringBuilder();
        for (int i = 0; i < pairs.length; i += 2) {
            String value = pairs[i + 1];
            if (value != null) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(pairs[i])
                        .append('=')
                        .append(encode(value));
            }
        }
        return query.toString();
    }

    /** Where uploads of this client stand, for as long as one call of {@link #upload} tries again. */
    private static final class ResumeMemory implements io.tus.java.client.TusURLStore {
        private final Map<String, java.net.URL> places = new java.util.concurrent.ConcurrentHashMap<>();

        @Override
        public void set(String fingerprint, java.net.URL url) {
            places.put(fingerprint, url);
        }

        @Override
        public java.net.@Nullable URL get(String fingerprint) {
            return places.get(fingerprint);
        }

        @Override
        public void remove(String fingerprint) {
            places.remove(fingerprint);
        }
    }
}
