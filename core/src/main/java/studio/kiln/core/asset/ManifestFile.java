package studio.kiln.core.asset;

/**
 * One file of a model version.
 *
 * @param path relative, with {@code /}, as {@link PathRules} allow
 * @param size bytes
 */
public record ManifestFile(String path, Sha256 sha256, long size) {
    public ManifestFile {
        if (size < 0) {
            throw new IllegalArgumentException("A file cannot have " + size + " bytes: " + path);
        }
    }
}
