package studio.kiln.server.http;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.StatelessSession;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.persistence.AccountRow;
import studio.kiln.server.persistence.CredentialRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.ProjectRow;
import studio.kiln.server.persistence.ResultRow;
import studio.kiln.server.persistence.ShareRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.UploadRow;

/** Puts rows into the database of a running server, by a second way into it, where the API would take too long. */
final class StudioRows implements AutoCloseable {
    private final Database database;
    private final AtomicInteger numbers = new AtomicInteger(100_000);

    /** @param home of a server in this process */
    StudioRows(Path home) {
        this.database = Database.embedded(home);
    }

    /** A project with a model, a version of it, a task, a picture, and an upload, all of one owner. */
    record Set(String project, String model, String version, String task, long number, String result, String upload) {}

    Set add(String owner) {
        return database.tx(tx -> add(tx, owner));
    }

    private Set add(StatelessSession tx, String owner) {
        Instant now = Database.now(tx);
        ProjectRow project = new ProjectRow();
        project.id = Ids.next();
        project.name = project.id;
        project.owner = owner;
        project.createdAt = now;
        tx.insert(project);
        ModelRow model = new ModelRow();
        model.id = Ids.next();
        model.project = project.id;
        model.name = "Secret " + model.id;
        model.owner = owner;
        model.createdAt = now;
        model.updatedAt = now;
        ModelVersionRow version = version(model, now);
        model.newest = version.id;
        tx.insert(model);
        tx.insert(version);
        ModelFileRow file = new ModelFileRow();
        file.version = version.id;
        file.path = "secret.blend";
        file.sha256 = Sha256.of(version.id).hex();
        file.size = 7;
        tx.insert(file);
        TaskRow task = task(model, version, numbers.incrementAndGet(), now);
        tx.insert(task);
        OutputRow output = output(task);
        ResultRow result = result(task, output, now);
        output.result = result.id;
        tx.insert(output);
        tx.insert(result);
        UploadRow upload = new UploadRow();
        upload.id = Ids.next();
        upload.version = version.id;
        upload.sha256 = file.sha256;
        upload.owner = owner;
        upload.size = 7;
        upload.createdAt = now;
        upload.expiresAt = now.plus(Duration.ofHours(1));
        tx.insert(upload);
        return new Set(project.id, model.id, version.id, task.id, task.number, result.id, upload.id);
    }

    private static ModelVersionRow version(ModelRow model, Instant now) {
        ModelVersionRow version = new ModelVersionRow();
        version.id = Ids.next();
        version.model = model.id;
        version.version = 1;
        version.state = VersionState.UPLOADING;
        version.root = "secret.blend";
        version.format = "blend";
        version.manifestDigest = Sha256.of(version.id).hex();
        version.bytes = 7;
        version.createdBy = model.owner;
        version.createdAt = now;
        version.updatedAt = now;
        return version;
    }

    private static TaskRow task(ModelRow model, ModelVersionRow version, long number, Instant now) {
        TaskRow task = new TaskRow();
        task.id = Ids.next();
        task.number = number;
        task.seq = number;
        task.name = "Secret task " + number;
        task.owner = model.owner;
        task.project = model.project;
        task.model = model.id;
        task.version = version.id;
        task.state = TaskState.FAILED;
        task.priority = 50;
        task.taskRank = 50;
        task.settings = SessionCodec.store(RenderSettings.AS_IN_FILE);
        task.createdAt = now;
        task.queuedAt = now;
        task.updatedAt = now;
        return task;
    }

    private static OutputRow output(TaskRow task) {
        OutputRow output = new OutputRow();
        output.id = Ids.next();
        output.task = task.id;
        output.frame = 1;
        output.layer = "";
        output.stereoView = "";
        output.part = "";
        output.recipe = Sha256.of(task.id).hex();
        return output;
    }

    private static ResultRow result(TaskRow task, OutputRow output, Instant now) {
        ResultRow result = new ResultRow();
        result.id = Ids.next();
        result.task = task.id;
        result.output = output.id;
        result.slot = "";
        result.kind = "frame";
        result.variant = "";
        result.frame = 1;
        result.layer = "";
        result.stereoView = "";
        result.part = "";
        result.extension = "png";
        result.sha256 = Sha256.of(output.id).hex();
        result.bytes = 7;
        result.recipe = output.recipe;
        result.measure = "";
        result.createdAt = now;
        return result;
    }

    /** Shares something with an account and gives the share's id. The server hears of it as of any change. */
    String share(Thing.Kind kind, String subject, String user, Access access) {
        return database.tx(tx -> {
            Database.nextNumber(tx, "access");
            ShareRow row = new ShareRow();
            row.id = Ids.next();
            row.kind = kind;
            row.subject = subject;
            row.grantee = account(tx, user);
            row.granteeKind = ShareRow.USER;
            row.access = access;
            row.createdBy = "root";
            row.createdAt = Database.now(tx);
            tx.insert(row);
            return row.id;
        });
    }

    /** A secret of an account that was revoked, or whose time has passed, when that is said. */
    String credential(String user, boolean expired, boolean revoked) {
        return credentialWithId(user, expired, revoked)[1];
    }

    /** Id and secret. */
    String[] credentialWithId(String user, boolean expired, boolean revoked) {
        return database.tx(tx -> {
            String secret = "kiln_" + Ids.next() + Ids.next();
            Instant now = Database.now(tx);
            CredentialRow row = new CredentialRow();
            row.id = Ids.next();
            row.account = account(tx, user);
            row.kind = CredentialRow.SESSION;
            row.name = "test";
            row.digest = Sha256.of(secret).hex();
            row.createdAt = now.minus(Duration.ofDays(1));
            row.expiresAt = expired ? now.minusMillis(1) : now.plus(Duration.ofHours(1));
            row.revokedAt = revoked ? now.minusMillis(1) : null;
            tx.insert(row);
            return new String[] {row.id, secret};
        });
    }

    /** Many tasks like one. */
    void pile(String task, int count) {
        database.run(tx -> {
            String columns = String.join(
                    ",",
                    tx.createNativeQuery(
                                    "select column_name from information_schema.columns where table_name = 'TASK'"
                                            + " and column_name not in ('ID', 'NUMBER', 'SEQ', 'IDEMPOTENCY_KEY')",
                                    String.class)
                            .getResultList());
            tx.createNativeMutationQuery("insert into task (id, number, seq, " + columns + ") select"
                            + " lpad(cast(x as varchar), 32, 'e'), 1000000 + x, 1000000 + x, " + columns
                            + " from task, system_range(1, " + count + ") as r(x) where id = '" + task + "'")
                    .executeUpdate();
            tx.createNativeMutationQuery("analyze").executeUpdate();
        });
    }

    /** Runs statements as somebody would who can write to the database. */
    void run(java.util.function.Consumer<StatelessSession> work) {
        database.run(work);
    }

    private static String account(StatelessSession tx, String user) {
        return tx.createSelectionQuery("from AccountRow where name = :name", AccountRow.class)
                .setParameter("name", user)
                .getSingleResult()
                .id;
    }

    @Override
    public void close() {
        database.close();
    }
}
