package studio.kiln.server.library;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.ops.ServerConfig.UploadLimits;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.OwnedBlobRow;
import studio.kiln.server.persistence.ProjectRow;
import studio.kiln.server.queue.Job;
import studio.kiln.server.queue.JobQueue;
import studio.kiln.server.security.Sight;
import studio.kiln.server.storage.BlobStore;

/** The models of a server, in its database and blob store. Safe for any number of threads. */
public final class ModelLibrary implements ModelService {
    private static final int LONGEST_NAME = 200;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(60);

    private final Database database;
    private final BlobStore store;
    private final EventSink events;
    private final RootCheck rootCheck;
    private final Supplier<List<BlenderVersion>> engines;
    private final UploadLimits limits;
    private final JobQueue queue;
    private final ReentrantLock announcing = new ReentrantLock();

    /**
     * @param engines versions of the Blenders that work here; waits until those at hand are known, for a little while
     */
    public ModelLibrary(
            Database database,
            BlobStore store,
            EventSink events,
            Supplier<List<BlenderVersion>> engines,
            UploadLimits limits,
            JobQueue queue) {
        this.database = database;
        this.store = store;
        this.events = events;
        this.rootCheck = new RootCheck(store);
        this.engines = engines;
        this.limits = limits;
        this.queue = queue;
    }

    @Override
    public ModelUpload announce(ModelSubmission submission, String owner) {
        Manifest manifest = submission.manifest();
        checkLimits(manifest);
        String format = manifest.format().word();
        String name = name(submission);
        // Two windows that announce the same new model at once shall not make two of it.
        announcing.lock();
        try {
            return announce(submission, manifest, format, name, owner);
        } catch (ConstraintViolationException e) {
            // another server was quicker with the same project or version: now it is there
            return announce(submission, manifest, format, name, owner);
        } finally {
            announcing.unlock();
        }
    }

    private ModelUpload announce(
            ModelSubmission submission, Manifest manifest, String format, String name, String owner) {
        return database.tx(tx -> {
            ModelRow model = modelFor(tx, submission, name, owner);
            ModelVersionRow newest = newestVersion(tx, model.id);
            if (newest != null
                    && newest.state != VersionState.UNUSABLE
                    && newest.createdBy.equals(owner)
                    && newest.manifestDigest.equals(manifest.digest().hex())
                    && (newest.state != VersionState.UPLOADING
                            || Objects.equals(newest.blender, submission.blender()))) {
                return upload(tx, newest, manifest, owner);
            }
            if (newest != null
                    && wasTurnedAway(tx, newest)
                    && newest.createdBy.equals(owner)
                    && newest.manifestDigest.equals(manifest.digest().hex())) {
                return upload(tx, anew(tx, newest, submission.blender()), manifest, owner);
            }
            ModelVersionRow version = insertVersion(tx, model, newest, manifest, format, submission.blender(), owner);
            Acting.note(tx, "model.upload", "model", model.id, model.name + ", version " + version.version);
            return upload(tx, version, manifest, owner);
        });
    }

    // Found unusable by its first bytes, before a Blender was to look into it: another engine may do, and the same
    // files
    // sent again are no other version.
    private static boolean wasTurnedAway(StatelessSession tx, ModelVersionRow version) {
        return version.state == VersionState.UNUSABLE
                && tx.<@Nullable JobRow>get(
                                JobRow.class,
                                Job.inspect(version.id, version.createdBy).id())
                        == null;
    }

    private static ModelVersionRow anew(StatelessSession tx, ModelVersionRow version, @Nullable String blender) {
        version.state = VersionState.UPLOADING;
        version.blender = blender;
        version.problem = null;
        version.problemCode = null;
        version.updatedAt = Database.now(tx);
        tx.update(version);
        return version;
    }

    @Override
    public ModelVersionView complete(String versionId, String owner) {
        Known known = database.read(tx -> {
            ModelVersionRow row = owned(tx, versionId, owner);
            return new Known(
                    row.state, manifest(tx, row), row.blender == null ? null : BlenderVersion.parse(row.blender));
        });
        if (known.state != VersionState.UPLOADING) {
            return view(versionId);
        }
        List<Sha256> missing = database.read(tx -> missing(tx, known.manifest, owner));
        if (!missing.isEmpty()) {
            throw new ApiException(
                    Problem.of(
                            409,
                            "FILES_MISSING",
                            "Not all files were sent",
                            missing.size() + " of " + distinct(known.manifest).size()
                                    + " files of this version were not sent yet; upload them, then say again that it is complete."));
        }
        RootCheck.Finding finding = look(known.manifest, known.blender);
        database.run(tx -> settle(tx, versionId, owner, finding));
        events.committed();
        queue.wake();
        return view(versionId);
    }

    @Override
    public ModelVersionView version(String versionId, Duration wait) throws InterruptedException {
        long until = System.nanoTime() + wait.toNanos();
        ModelVersionView view = view(versionId);
        while (view.state() == VersionState.INSPECTING && System.nanoTime() < until) {
            Thread.sleep(LOOK_AGAIN);
            view = view(versionId);
        }
        return view;
    }

    @Override
    public Page<ModelView> list(Sight sight, @Nullable String query, @Nullable String cursor, int limit) {
        return database.read(tx -> {
            List<ModelRow> rows = sight.bind(tx.createSelectionQuery(
                            "select m from ModelRow m where m.deleted = false and m.newest is not null and m.id < :before"
                                    + " and lower(m.name) like :name escape '!' and "
                                    + sight.where(Thing.Kind.MODEL, "m") + " order by m.id desc",
                            ModelRow.class))
                    .setParameter("before", cursor == null ? "~" : cursor)
                    .setParameter("name", like(query))
                    .setMaxResults(limit + 1)
                    .getResultList();
            boolean more = rows.size() > limit;
            List<ModelRow> page = more ? rows.subList(0, limit) : rows;
            Map<String, ModelVersionRow> versions = versions(
                    tx, page.stream().map(m -> Objects.requireNonNull(m.newest)).toList());
            List<ModelView> views = page.stream()
                    .map(m -> view(m, Objects.requireNonNull(versions.get(m.newest))))
                    .toList();
            return new Page<>(views, more ? page.getLast().id : null);
        });
    }

    @Override
    public ModelView model(String id) {
        return database.read(tx -> {
            ModelRow row = tx.get(ModelRow.class, id);
            ModelVersionRow version = row == null || row.deleted ? null : newestVersion(tx, id);
            if (row == null || version == null) {
                throw noSuchModel(id);
            }
            ModelVersionRow shown = row.newest == null ? version : tx.get(ModelVersionRow.class, row.newest);
            return view(row, shown);
        });
    }

    @Override
    public List<ModelVersionView> versions(String modelId) {
        return database.read(tx -> {
            ModelRow model = tx.get(ModelRow.class, modelId);
            if (model == null || model.deleted) {
                throw noSuchModel(modelId);
            }
            return tx
                    .createSelectionQuery(
                            "from ModelVersionRow where model = :model order by version desc", ModelVersionRow.class)
                    .setParameter("model", modelId)
                    .getResultList()
                    .stream()
                    .map(row -> view(tx, row, model.name))
                    .toList();
        });
    }

    @Override
    public void delete(String modelId, String actor) {
        database.run(tx -> {
            ModelRow row = tx.get(ModelRow.class, modelId, LockMode.PESSIMISTIC_WRITE);
            if (row == null || row.deleted) {
                throw noSuchModel(modelId);
            }
            row.deleted = true;
            row.updatedAt = Database.now(tx);
            tx.update(row);
            Acting.note(tx, "model.delete", "model", row.id, row.name);
            events.record(tx, "model", row.id, null, row.owner, null);
        });
        events.committed();
    }

    @Override
    public Sha256 thumbnail(String versionId) {
        ModelVersionRow row = database.read(tx -> known(tx, versionId));
        if (row.thumbnail == null) {
            throw new ApiException(Problem.of(
                    404,
                    "NO_THUMBNAIL",
                    "There is no picture of it yet",
                    "A picture of this version is made after it was inspected; ask again when it is there."));
        }
        return new Sha256(row.thumbnail);
    }

    private void checkLimits(Manifest manifest) {
        if (manifest.files().size() > limits.files()) {
            throw tooLarge("This model has " + manifest.files().size() + " files; this server takes at most "
                    + limits.files() + ". Send the folder of one project only.");
        }
        for (ManifestFile file : manifest.files()) {
            if (file.size() > limits.fileBytes()) {
                throw tooLarge(
                        "'" + file.path() + "' has " + size(file.size()) + "; this server takes files of at most "
                                + size(limits.fileBytes()) + ". Make it smaller, or have KILN_MOST_FILE_BYTES raised.");
            }
        }
        if (manifest.size() > limits.modelBytes()) {
            throw tooLarge("This model has " + size(manifest.size()) + " in all; this server takes at most "
                    + size(limits.modelBytes()) + ". Leave out what it does not need, or have"
                    + " KILN_MOST_MODEL_BYTES raised.");
        }
        Map<Sha256, Long> sizes = new LinkedHashMap<>();
        for (ManifestFile file : manifest.files()) {
            Long other = sizes.putIfAbsent(file.sha256(), file.size());
            if (other != null && other != file.size()) {
                throw new IllegalArgumentException(
                        "'" + file.path() + "' has the digest of another file but not its size.");
            }
        }
    }

    private ModelRow modelFor(StatelessSession tx, ModelSubmission submission, String name, String owner) {
        if (submission.modelId() != null) {
            ModelRow row = tx.get(ModelRow.class, submission.modelId(), LockMode.PESSIMISTIC_WRITE);
            if (row == null || row.deleted) {
                throw noSuchModel(submission.modelId());
            }
            return row;
        }
        String project = project(tx, submission.projectId(), owner);
        List<ModelRow> same = tx.createSelectionQuery(
                        "from ModelRow where owner = :owner and project = :project and name = :name and deleted = false"
                                + " order by id",
                        ModelRow.class)
                .setParameter("owner", owner)
                .setParameter("project", project)
                .setParameter("name", name)
                .setMaxResults(1)
                .getResultList();
        if (!same.isEmpty()) {
            return Objects.requireNonNull(tx.get(ModelRow.class, same.getFirst().id, LockMode.PESSIMISTIC_WRITE));
        }
        Instant now = Database.now(tx);
        ModelRow row = new ModelRow();
        row.id = Ids.next();
        row.project = project;
        row.name = name;
        row.owner = owner;
        row.createdAt = now;
        row.updatedAt = now;
        tx.insert(row);
        return row;
    }

    private static String project(StatelessSession tx, @Nullable String id, String owner) {
        if (id != null) {
            ProjectRow row = tx.get(ProjectRow.class, id);
            if (row == null) {
                throw new ApiException(Problem.of(
                        404, "NO_SUCH_PROJECT", "There is no such project", "There is no project '" + id + "'."));
            }
            return id;
        }
        return Projects.usual(tx, owner);
    }

    private static ModelVersionRow insertVersion(
            StatelessSession tx,
            ModelRow model,
            @Nullable ModelVersionRow newest,
            Manifest manifest,
            String format,
            @Nullable String blender,
            String owner) {
        Instant now = Database.now(tx);
        ModelVersionRow row = new ModelVersionRow();
        row.id = Ids.next();
        row.model = model.id;
        row.version = newest == null ? 1 : newest.version + 1;
        row.state = VersionState.UPLOADING;
        row.root = manifest.root();
        row.format = format;
        row.manifestDigest = manifest.digest().hex();
        row.bytes = manifest.size();
        row.blender = blender;
        row.createdBy = owner;
        row.createdAt = now;
        row.updatedAt = now;
        tx.insert(row);
        List<ModelFileRow> files = new ArrayList<>();
        for (ManifestFile file : manifest.files()) {
            ModelFileRow fileRow = new ModelFileRow();
            fileRow.version = row.id;
            fileRow.path = file.path();
            fileRow.sha256 = file.sha256().hex();
            fileRow.size = file.size();
            files.add(fileRow);
        }
        tx.insertMultiple(files);
        return row;
    }

    private ModelUpload upload(StatelessSession tx, ModelVersionRow version, Manifest manifest, String owner) {
        List<Sha256> missing = version.state == VersionState.UPLOADING ? missing(tx, manifest, owner) : List.of();
        return new ModelUpload(version.model, version.id, version.version, version.state, missing);
    }

    /** A digest alone gives no access: what this owner has not sent is to be sent, whether or not the store has it. */
    private List<Sha256> missing(StatelessSession tx, Manifest manifest, String owner) {
        Set<String> owned = new HashSet<>();
        List<String> wanted = distinct(manifest).stream().map(Sha256::hex).toList();
        for (int from = 0; from < wanted.size(); from += 500) {
            owned.addAll(tx
                    .createSelectionQuery(
                            "from OwnedBlobRow where owner = :owner and sha256 in :digests", OwnedBlobRow.class)
                    .setParameter("owner", owner)
                    .setParameterList("digests", wanted.subList(from, Math.min(from + 500, wanted.size())))
                    .getResultList()
                    .stream()
                    .map(row -> row.sha256)
                    .toList());
        }
        return distinct(manifest).stream()
                .filter(digest -> !owned.contains(digest.hex()) || !isThere(digest))
                .toList();
    }

    private boolean isThere(Sha256 digest) {
        try {
            return store.touch(digest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RootCheck.Finding look(Manifest manifest, @Nullable BlenderVersion wanted) {
        try {
            return rootCheck.check(manifest, wanted, engines.get());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void settle(StatelessSession tx, String versionId, String owner, RootCheck.Finding finding) {
        ModelVersionRow row = owned(tx, versionId, owner);
        ModelRow model = Objects.requireNonNull(tx.get(ModelRow.class, row.model, LockMode.PESSIMISTIC_WRITE));
        row = owned(tx, versionId, owner);
        if (row.state != VersionState.UPLOADING) {
            return;
        }
        row.savedBy = finding.savedBy() == null ? null : finding.savedBy().series();
        row.updatedAt = Database.now(tx);
        model.newest = row.id;
        model.updatedAt = row.updatedAt;
        tx.update(model);
        switch (finding) {
            case RootCheck.Bad bad -> {
                row.state = VersionState.UNUSABLE;
                row.problemCode = bad.code();
                row.problem = bad.problem();
            }
            case RootCheck.Good good -> {
                row.state = VersionState.INSPECTING;
                queue.put(tx, Job.inspect(versionId, owner));
            }
        }
        tx.update(row);
        events.record(tx, "model", model.id, null, owner, null);
    }

    private ModelVersionView view(String versionId) {
        return database.read(tx -> {
            ModelVersionRow row = known(tx, versionId);
            return view(tx, row, Objects.requireNonNull(tx.get(ModelRow.class, row.model)).name);
        });
    }

    private static ModelVersionView view(StatelessSession tx, ModelVersionRow row, String modelName) {
        return new ModelVersionView(
                row.id,
                row.model,
                modelName,
                row.version,
                row.state,
                manifest(tx, row),
                row.bytes,
                row.savedBy,
                row.problem,
                row.problemCode,
                row.inspection == null ? null : SessionCodec.load(row.inspection, Inspection.class),
                row.engine,
                warnings(row.warnings),
                row.thumbnail != null,
                row.createdBy,
                row.createdAt);
    }

    private static List<RenderWarning> warnings(@Nullable String json) {
        return json == null ? List.of() : List.of(SessionCodec.load(json, RenderWarning[].class));
    }

    private static ModelView view(ModelRow model, ModelVersionRow version) {
        return new ModelView(
                model.id,
                model.name,
                model.project,
                model.owner,
                version.format,
                version.version,
                version.id,
                version.state,
                version.problem,
                version.savedBy,
                version.bytes,
                version.objects,
                version.triangles,
                version.animated,
                version.missingFiles,
                version.thumbnail != null,
                model.tags.isEmpty() ? List.of() : List.of(model.tags.split(",")),
                model.createdAt,
                version.updatedAt.isAfter(model.updatedAt) ? version.updatedAt : model.updatedAt);
    }

    static Manifest manifest(StatelessSession tx, ModelVersionRow row) {
        List<ManifestFile> files = tx
                .createSelectionQuery("from ModelFileRow where version = :version", ModelFileRow.class)
                .setParameter("version", row.id)
                .getResultList()
                .stream()
                .map(f -> new ManifestFile(f.path, new Sha256(f.sha256), f.size))
                .toList();
        return new Manifest(row.root, files);
    }

    private static @Nullable ModelVersionRow newestVersion(StatelessSession tx, String modelId) {
        return tx
                .createSelectionQuery(
                        "from ModelVersionRow where model = :model order by version desc", ModelVersionRow.class)
                .setParameter("model", modelId)
                .setMaxResults(1)
                .getResultList()
                .stream()
                .findFirst()
                .orElse(null);
    }

    private static Map<String, ModelVersionRow> versions(StatelessSession tx, List<String> ids) {
        return ids.isEmpty()
                ? Map.of()
                : tx
                        .createSelectionQuery("from ModelVersionRow where id in :ids", ModelVersionRow.class)
                        .setParameterList("ids", ids)
                        .getResultList()
                        .stream()
                        .collect(Collectors.toMap(v -> v.id, v -> v));
    }

    private static ModelVersionRow known(StatelessSession tx, String versionId) {
        ModelVersionRow row = tx.get(ModelVersionRow.class, versionId);
        if (row == null) {
            throw new ApiException(Problem.of(
                    404,
                    "NO_SUCH_VERSION",
                    "There is no such version of a model",
                    "There is no model version '" + versionId + "'; it may have been removed."));
        }
        return row;
    }

    static ModelVersionRow owned(StatelessSession tx, String versionId, String owner) {
        ModelVersionRow row = known(tx, versionId);
        if (!row.createdBy.equals(owner)) {
            throw new ApiException(Problem.of(
                    403, "NOT_YOURS", "You may not do that", "Only who announced a version of a model may fill it."));
        }
        return row;
    }

    private static String name(ModelSubmission submission) {
        String name = submission.name();
        if (name == null || name.isBlank()) {
            String root = submission.manifest().root();
            String file = root.substring(root.lastIndexOf('/') + 1);
            name = file.substring(0, Math.max(1, file.lastIndexOf('.')));
        }
        name = name.strip();
        if (name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException("The name of a model has at most " + LONGEST_NAME
                    + " characters, and this one has " + name.length() + ".");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("The name of a model cannot hold control characters.");
        }
        return name;
    }

    private static List<Sha256> distinct(Manifest manifest) {
        return manifest.files().stream().map(ManifestFile::sha256).distinct().toList();
    }

    private static String like(@Nullable String query) {
        if (query == null || query.isBlank()) {
            return "%";
        }
        return "%"
                + query.strip()
                        .toLowerCase(java.util.Locale.ROOT)
                        .replace("!", "!!")
                        .replace("%", "!%")
                        .replace("_", "!_")
                        .replaceAll("\\s+", "%")
                + "%";
    }

    private static String size(long bytes) {
        return bytes < 10L << 20 ? bytes + " bytes" : (bytes >> 20) + " MiB";
    }

    private static ApiException tooLarge(String detail) {
        return new ApiException(Problem.of(413, "TOO_LARGE", "The model is too large", detail));
    }

    private static ApiException noSuchModel(String id) {
        return new ApiException(Problem.of(
                404,
                "NO_SUCH_MODEL",
                "There is no such model",
                "There is no model '" + id + "'; it may have been deleted."));
    }

    private record Known(
            VersionState state, Manifest manifest, @Nullable BlenderVersion blender) {}
}
