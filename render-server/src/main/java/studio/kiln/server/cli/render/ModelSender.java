package studio.kiln.server.cli.render;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Patience;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Text;

/** Brings a model to the server and waits until it was looked into. */
public final class ModelSender {
    private static final Duration LOOK = Duration.ofSeconds(20);

    private final Connection connection;
    private final StatusLine status;

    public ModelSender(Connection connection, StatusLine status) {
        this.connection = connection;
        this.status = status;
    }

    /**
     * Sends what the server lacks; a model that it has is not sent again.
     *
     * @param name of a new model, or null for that of the file
     * @param blender version of the Blender that is to open it even if it is older than the file, or null
     * @return the version, ready to be rendered
     * @throws CliFailure when no engine can read it
     */
    public ModelVersionView send(ModelFiles files, @Nullable String name, @Nullable String blender) throws IOException {
        Manifest manifest = read(files);
        // What has come over the line already is not sent a second time.
        return new Patience(connection, status).with(() -> send(files, manifest, name, blender));
    }

    private ModelVersionView send(ModelFiles files, Manifest manifest, @Nullable String name, @Nullable String blender)
            throws IOException {
        ModelUpload upload = connection
                .client()
                .announce(new ModelSubmission(null, name == null ? files.name() : name, null, manifest, blender));
        sendMissing(files, manifest, upload);
        if (upload.state() == VersionState.UPLOADING) {
            connection.client().complete(upload.versionId());
        }
        return inspected(upload.versionId());
    }

    private Manifest read(ModelFiles files) throws IOException {
        long size = files.size();
        return files.manifest(
                read -> status.show("Reading " + files.name() + ": " + Text.bytes(read) + " of " + Text.bytes(size)),
                () -> Thread.currentThread().isInterrupted());
    }

    private void sendMissing(ModelFiles files, Manifest manifest, ModelUpload upload) throws IOException {
        Set<Sha256> missing = new HashSet<>(upload.missing());
        long total = 0;
        for (ManifestFile file : manifest.files()) {
            total += missing.remove(file.sha256()) ? file.size() : 0;
        }
        missing.addAll(upload.missing());
        long before = 0;
        for (ManifestFile file : manifest.files().stream()
                .sorted(Comparator.comparing(ManifestFile::size))
                .toList()) {
            if (!missing.remove(file.sha256())) {
                continue;
            }
            Path place = files.places().get(file.path());
            if (place == null) {
                throw new IllegalStateException("No place is known for " + file.path());
            }
            long start = before;
            long all = total;
            connection
                    .client()
                    .upload(
                            upload.versionId(),
                            file.sha256(),
                            place,
                            sent -> status.show("Sending " + file.path() + ": " + Text.bytes(start + sent) + " of "
                                    + Text.bytes(all)),
                            () -> Thread.currentThread().isInterrupted());
            before += file.size();
        }
    }

    private ModelVersionView inspected(String versionId) throws InterruptedIOException {
        ModelVersionView version = connection.client().version(versionId);
        while (version.state() == VersionState.INSPECTING || version.state() == VersionState.UPLOADING) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("Interrupted while the model was looked into.");
            }
            status.show("Looking into " + version.modelName() + "\u2026");
            version = connection.client().versionAfter(versionId, LOOK);
        }
        status.clear();
        if (version.state() == VersionState.UNUSABLE) {
            String code = version.problemCode() == null ? "UNUSABLE_FILE" : version.problemCode();
            throw new CliFailure(
                    code.equals("NO_ENGINE") ? ExitCode.NOTHING_RENDERS : ExitCode.UNUSABLE,
                    code,
                    version.problem() == null
                            ? "No engine here can read " + version.modelName() + "."
                            : version.problem());
        }
        return version;
    }
}
