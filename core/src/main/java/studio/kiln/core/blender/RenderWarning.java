package studio.kiln.core.blender;

import org.jspecify.annotations.Nullable;

/**
 * Something that a person should know of a model or a render, which did not stop it.
 *
 * @param code one of the codes of the session protocol, such as {@code MISSING_TEXTURE}
 * @param message one sentence for a person
 * @param subject the path or name that it is about, or null
 */
public record RenderWarning(
        String code, String message, @Nullable String subject) {}
