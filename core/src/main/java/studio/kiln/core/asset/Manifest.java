package studio.kiln.core.asset;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Comparator;
import java.util.List;

/**
 * What a model version consists of: its files and which of them is the model itself. Immutable, in the order of the paths.
 *
 * @param root path of the file that is opened; one of {@code files}
 */
public record Manifest(String root, List<ManifestFile> files) {
    /** @throws UnusablePath when a path breaks {@link PathRules}, two paths clash, or the root is not among the files */
    public Manifest {
        PathRules.check(files.stream().map(ManifestFile::path).toList());
        if (files.stream().noneMatch(f -> f.path().equals(root))) {
            throw new UnusablePath("The model file '" + root + "' is not among the files that were named.");
        }
        files = files.stream().sorted(Comparator.comparing(ManifestFile::path)).toList();
    }

    /** Digest over root, paths, digests and sizes: equal for equal content, whatever the model is called. */
    @JsonIgnore
    public Sha256 digest() {
        StringBuilder text = new StringBuilder("kiln-manifest-1\n").append(root).append('\n');
        for (ManifestFile file : files) {
            text.append(file.sha256())
                    .append(' ')
                    .append(file.size())
                    .append(' ')
                    .append(file.path())
                    .append('\n');
        }
        return Sha256.of(text.toString());
    }

    /** Bytes of all files together. */
    @JsonIgnore
    public long size() {
        return files.stream().mapToLong(ManifestFile::size).sum();
    }

    @JsonIgnore
    public ModelFormat format() {
        return ModelFormat.of(root)
                .orElseThrow(() -> new UnusablePath(
                        "'" + root + "' is not a model that Kiln knows (" + ModelFormat.names() + ")."));
    }
}
