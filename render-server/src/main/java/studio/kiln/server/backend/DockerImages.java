package studio.kiln.server.backend;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Image;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which images of the Docker engine hold a Blender, and which Blender that is. */
final class DockerImages {
    private static final Logger LOG = LoggerFactory.getLogger(DockerImages.class);
    private static final String IMAGE_LABEL = "studio.kiln.image";
    private static final Duration VERSION = Duration.ofSeconds(60);

    private final DockerEngine engine;
    private final Containers containers;
    private final String dataFolder;
    private final BuildCache builds;

    DockerImages(DockerEngine engine, Containers containers, String dataFolder, BuildCache builds) {
        this.engine = engine;
        this.containers = containers;
        this.dataFolder = dataFolder;
        this.builds = builds;
    }

    /** The images that are made for Kiln; none when the engine does not answer. */
    List<EngineBuild> discover() {
        List<EngineBuild> found = new ArrayList<>();
        try {
            if (!engine.answers()) {
                return found;
            }
            for (Image image : engine.control()
                    .listImagesCmd()
                    .withLabelFilter(Map.of(IMAGE_LABEL, "1"))
                    .exec()) {
                String[] tags = image.getRepoTags();
                if (tags != null && tags.length > 0 && !tags[0].startsWith("<none>")) {
                    look(tags[0], image.getId(), "image").ifPresent(found::add);
                }
            }
        } catch (RuntimeException e) {
            LOG.info("The images of the Docker engine cannot be listed: {}", e.getMessage());
        }
        return found;
    }

    private Optional<EngineBuild> look(String tag, String imageId, String source) {
        try {
            return Optional.of(build(tag, imageId, source));
        } catch (IOException e) {
            LOG.warn("The image {} is left out: {}", tag, e.getMessage());
            return Optional.empty();
        }
    }

    private EngineBuild build(String tag, String imageId, String source) throws IOException {
        String fingerprint = "image:" + imageId;
        BuildCache.Known known = builds.get(fingerprint, () -> ask(tag, imageId));
        BlenderProgram.checkSupported(known.parsed(), tag);
        return new EngineBuild(DockerBackend.NAME, tag, known.parsed(), known.buildHash(), fingerprint, source);
    }

    /** @throws IOException when that image cannot be used, in a sentence */
    EngineBuild examine(String place) throws IOException {
        if (!engine.answers()) {
            throw new IOException("No Docker engine answers here, so the image " + place + " cannot be used.");
        }
        try {
            InspectImageResponse image = engine.control().inspectImageCmd(place).exec();
            return build(place, String.valueOf(image.getId()), "added");
        } catch (NotFoundException e) {
            throw new IOException(
                    "The Docker engine has no image " + place + "; make one with 'kiln image build', or pull it.", e);
        } catch (DockerException e) {
            throw new IOException("The image " + place + " cannot be looked at: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw DockerEngine.gone(e);
        }
    }

    private BuildCache.Known ask(String tag, String imageId) throws IOException {
        HostConfig host = containers.sealed(null);
        String id = null;
        try {
            CreateContainerCmd create = engine.control()
                    .createContainerCmd(imageId)
                    .withEntrypoint(DockerBackend.BLENDER)
                    .withCmd("-b", "--version")
                    .withEnv("HOME=/tmp", "LANG=C.UTF-8")
                    .withLabels(Map.of(DockerBackend.DATA_LABEL, dataFolder, DockerBackend.SESSION_LABEL, "version"))
                    .withHostConfig(host);
            id = create.exec().getId();
            StringBuilder said = new StringBuilder();
            ResultCallback.Adapter<Frame> output = new ResultCallback.Adapter<>() {
                @Override
                public void onNext(Frame frame) {
                    synchronized (said) {
                        said.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                    }
                }
            };
            engine.streams()
                    .attachContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(true)
                    .exec(output);
            try (output) {
                output.awaitStarted(ContainerWire.ATTACH.toMillis(), TimeUnit.MILLISECONDS);
                engine.control().startContainerCmd(id).exec();
                output.awaitCompletion(VERSION.toMillis(), TimeUnit.MILLISECONDS);
            }
            String text;
            synchronized (said) {
                text = said.toString();
            }
            BlenderProgram.Answer answer = BlenderProgram.parse(text)
                    .orElseThrow(() -> new IOException("the Blender in it does not say its version, but '"
                            + text.strip().lines().findFirst().orElse("nothing") + "'."));
            String hash = answer.hash().isEmpty() ? "img-" + shortId(imageId) : answer.hash();
            return new BuildCache.Known(answer.version().toString(), hash);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the image " + tag + " was asked for its version.", e);
        } catch (RuntimeException e) {
            throw new IOException("The image " + tag + " does not start: " + e.getMessage(), e);
        } finally {
            if (id != null) {
                containers.remove(id);
            }
        }
    }

    private static String shortId(String imageId) {
        String hex = imageId.substring(imageId.indexOf(':') + 1);
        return hex.substring(0, Math.min(12, hex.length()));
    }
}
