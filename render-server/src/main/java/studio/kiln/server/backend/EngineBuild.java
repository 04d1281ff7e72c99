package studio.kiln.server.backend;

import studio.kiln.core.blender.BlenderVersion;

/**
 * A Blender that a backend can start.
 *
 * @param backend name of the backend
 * @param place path of the executable, or name of the image
 * @param fingerprint changes when the build at that place is another (size and time of the file, id of the image)
 * @param source {@code found}, {@code added}, {@code environment} or {@code image}
 */
public record EngineBuild(
        String backend, String place, BlenderVersion version, String buildHash, String fingerprint, String source) {}
