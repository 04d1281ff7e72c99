package studio.kiln.desktop.library;

import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.core.asset.Sha256;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;

/** Brings models to the server, several at once. FX thread only. */
public final class Uploads {
    private static final long TELL_EVERY_NANOS = 100_000_000;

    private final ServerLink link;
    private final Background background;
    private final ObservableList<Upload> all = FXCollections.observableArrayList();
    private final ObservableList<Upload> allView = FXCollections.unmodifiableObservableList(all);
    private BiConsumer<Upload, ModelVersionView> onDone = (upload, version) -> {};

    public Uploads(ServerLink link, Background background) {
        this.link = link;
        this.background = background;
    }

    /** Those under way, and those that failed until they are dismissed; newest first. */
    public ObservableList<Upload> all() {
        return allView;
    }

    /** Told when a model has arrived and was looked into, whether it is usable or not. */
    public void setOnDone(BiConsumer<Upload, ModelVersionView> receiver) {
        onDone = receiver;
    }

    /** Brings a file, folder or zip. */
    public Upload add(Path source) {
        Upload upload = new Upload(source);
        all.addFirst(upload);
        begin(upload);
        return upload;
    }

    /** Tries a failed one again. */
    public void retry(Upload upload) {
        dismiss(upload);
        add(upload.source());
    }

    /** Ends one and takes it off the list. */
    public void dismiss(Upload upload) {
        upload.cancel();
        all.remove(upload);
    }

    private void begin(Upload upload) {
        background.run(
                () -> bring(upload),
                version -> {
                    all.remove(upload);
                    if (version != null) {
                        upload.enter(Upload.Stage.DONE);
                        onDone.accept(upload, version);
                    }
                },
                problem -> {
                    if (upload.isCancelled()) {
                        all.remove(upload);
                    } else {
                        upload.fail(problem);
                    }
                });
    }

    private @Nullable ModelVersionView bring(Upload upload) throws Exception {
        try (ModelFiles files = ModelFiles.read(upload.source())) {
            background.ui().execute(() -> upload.named(files.name()));
            double size = Math.max(1, files.size());
            Teller teller = new Teller(upload);
            Manifest manifest = files.manifest(read -> teller.tell(read / size), upload::isCancelled);
            KilnClient client = link.client();
            ModelUpload announced = client.announce(new ModelSubmission(null, files.name(), null, manifest, null));
            background.ui().execute(() -> upload.enter(Upload.Stage.SENDING));
            send(upload, files, manifest, announced, client, teller);
            ModelVersionView version = announced.state() == VersionState.UPLOADING
                    ? client.complete(announced.versionId())
                    : client.version(announced.versionId());
            background.ui().execute(() -> upload.enter(Upload.Stage.INSPECTING));
            while (version.state() == VersionState.INSPECTING && !upload.isCancelled()) {
                version = client.versionAfter(announced.versionId(), Duration.ofSeconds(20));
            }
            return upload.isCancelled() ? null : version;
        } catch (InterruptedIOException e) {
            return null;
        }
    }

    private static void send(
            Upload upload, ModelFiles files, Manifest manifest, ModelUpload announced, KilnClient client, Teller teller)
            throws Exception {
        Map<Sha256, ManifestFile> byDigest = new HashMap<>();
        manifest.files().forEach(file -> byDigest.putIfAbsent(file.sha256(), file));
        List<ManifestFile> missing = announced.missing().stream()
                .map(digest -> java.util.Objects.requireNonNull(byDigest.get(digest), digest.hex()))
                .toList();
        double total =
                Math.max(1, missing.stream().mapToLong(ManifestFile::size).sum());
        AtomicLong before = new AtomicLong();
        for (ManifestFile file : missing) {
            Path place = java.util.Objects.requireNonNull(files.places().get(file.path()), file.path());
            client.upload(
                    announced.versionId(),
                    file.sha256(),
                    place,
                    sent -> teller.tell((before.get() + sent) / total),
                    upload::isCancelled);
            before.addAndGet(file.size());
            teller.tell(before.get() / total);
        }
    }

    /** Tells of progress at most ten times a second. */
    private final class Teller {
        private final Upload upload;
        private long last;

        Teller(Upload upload) {
            this.upload = upload;
        }

        void tell(double share) {
            long now = System.nanoTime();
            if (now - last >= TELL_EVERY_NANOS || share >= 1) {
                last = now;
                background.ui().execute(() -> upload.advance(share));
            }
        }
    }
}
