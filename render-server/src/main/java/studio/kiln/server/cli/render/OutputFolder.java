package studio.kiln.server.cli.render;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Failures;

/**
 * The folder that pictures are written to, and the promise that no file of anybody else is lost there: a file in the way
 * is left alone unless it has the very same content, is an earlier picture of the same model that nobody has changed
 * since, or the person forces it.
 */
final class OutputFolder {
    /** What is to be done about one picture. */
    enum Verdict {
        WRITE,
        /** The same bytes are there already. */
        SAME
    }

    /** File systems take 255 bytes; a part is written under a longer name first. */
    private static final int LONGEST_PART = 200;

    private static final Logger LOG = LoggerFactory.getLogger(OutputFolder.class);

    private final Path folder;
    private final NameTemplate template;
    private final boolean force;
    private final WrittenPictures written;
    private final Map<String, String> layerWords = new ConcurrentHashMap<>();

    OutputFolder(Path folder, NameTemplate template, boolean force, Path dataFolder) {
        this.folder = folder.toAbsolutePath().normalize();
        this.template = template;
        this.force = force;
        this.written = new WrittenPictures(dataFolder, this.folder);
    }

    /** Where pictures of a model go that are to go nowhere else, below the current folder. */
    static Path usual(String modelName) {
        return Path.of(NameTemplate.safe(modelName) + "-renders");
    }

    Path path() {
        return folder;
    }

    NameTemplate template() {
        return template;
    }

    /** @throws CliFailure when nothing could be written there */
    void refuseUnwritable() {
        Path existing = folder;
        Path missing = null;
        while (existing != null && !Files.exists(existing)) {
            missing = existing;
            existing = existing.getParent();
        }
        if (existing == null) {
            throw CliFailure.unusable(
                    "BAD_FOLDER", "There is no disk for '" + folder + "'; choose another folder with -o.");
        }
        if (!Files.isDirectory(existing)) {
            throw CliFailure.unusable(
                    "BAD_FOLDER",
                    "'" + existing + "' is a file, so no picture can be put into it; choose a folder with -o.");
        }
        if (!Files.isWritable(existing)) {
            throw CliFailure.unusable(
                    "NO_PERMISSION",
                    "There is no permission to write into '" + existing + "'; choose another folder with -o.");
        }
        if (missing != null) {
            refuseUnmakable(missing);
        }
    }

    // Some file systems say that they may be written and take no folder all the same: it is tried, and undone.
    private static void refuseUnmakable(Path missing) {
        try {
            Files.createDirectory(missing);
            Files.delete(missing);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            LOG.debug("{} was made by somebody else at this moment", missing);
        } catch (IOException e) {
            throw Failures.cannotMake(missing, e);
        }
    }

    /**
     * Has layers whose names would be one file name ({@code fg} and {@code FG}, {@code a/b} and {@code a:b}) told apart by a
     * number, the same each time for the same layers.
     */
    void tellLayersApart(Collection<String> layers) {
        Set<String> used = new HashSet<>();
        layerWords.clear();
        for (String layer : new TreeSet<>(layers)) {
            String word = NameTemplate.safe(layer);
            for (int n = 2; !layer.isEmpty() && !used.add(folded(word)); n++) {
                word = NameTemplate.safe(layer) + " " + n;
            }
            layerWords.put(layer, layer.isEmpty() ? "" : word);
        }
    }

    Path target(PictureName picture) {
        return folder.resolve(name(picture));
    }

    private String name(PictureName picture) {
        return template.name(picture.withLayer(layerWords.getOrDefault(picture.layer(), picture.layer())));
    }

    /**
     * Looks at all pictures that are to come, before anything renders.
     *
     * @param known whether each of them is known already: then their content decides when it is here
     * @throws CliFailure when two have one name or a file of somebody else is in the way
     */
    void refuseInTheWay(Collection<PictureName> expected, String modelId, boolean known) throws IOException {
        Map<String, PictureName> names = new HashMap<>();
        for (PictureName picture : expected) {
            String name = name(picture);
            PictureName other = names.put(folded(name), picture);
            if (other != null) {
                throw CliFailure.unusable(
                        "BAD_NAME",
                        "Two pictures would have the name '" + name + "' (frames " + other.frame() + " and "
                                + picture.frame() + "); write a --name that tells them apart.");
            }
            Path target = folder.resolve(name);
            refuseLongName(name);
            refuseFolderOrLink(target);
            if (!force && !known && Files.exists(target) && !written.isOwn(name, Sha256.of(target), modelId)) {
                throw inTheWay(target, "it is not a picture that Kiln made of this model");
            }
        }
    }

    /** @throws CliFailure when a file of somebody else is in the way */
    Verdict judge(Path target, Sha256 content, String modelId) throws IOException {
        refuseFolderOrLink(target);
        if (!Files.exists(target)) {
            return Verdict.WRITE;
        }
        Sha256 there = Sha256.of(target);
        if (there.equals(content)) {
            return Verdict.SAME;
        }
        if (force || written.isOwn(name(target), there, modelId)) {
            return Verdict.WRITE;
        }
        throw inTheWay(target, "it is not a picture that Kiln made of this model");
    }

    // A link that a person put there leads to something of theirs, or will.
    private void refuseFolderOrLink(Path target) {
        if (Files.isSymbolicLink(target) && !force) {
            throw inTheWay(target, "it is a link");
        }
        if (Files.isDirectory(target)) {
            throw inTheWay(target, "it is a folder");
        }
    }

    private static void refuseLongName(String name) {
        for (String part : name.split("/")) {
            if (part.getBytes(StandardCharsets.UTF_8).length > LONGEST_PART) {
                throw CliFailure.unusable(
                        "BAD_NAME",
                        "The name '" + part.substring(0, 40) + "\u2026' is longer than the " + LONGEST_PART
                                + " bytes that a file name may have here; write a shorter --name.");
            }
        }
    }

    void remember(Path target, Sha256 content, String modelId) {
        written.remember(name(target), content, modelId);
    }

    private String name(Path target) {
        return folder.relativize(target).toString().replace('\\', '/');
    }

    /** Names that some file systems take for one. */
    private static String folded(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }

    private static CliFailure inTheWay(Path target, String why) {
        return CliFailure.unusable(
                "FILE_IN_THE_WAY",
                "'" + target + "' is in the way (" + why
                        + "), so it is left alone. Choose another folder with -o or other names with --name, or write"
                        + " over it with --force.");
    }
}
