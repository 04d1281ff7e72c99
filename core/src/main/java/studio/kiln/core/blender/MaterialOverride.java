package studio.kiln.core.blender;

import java.util.Map;

/**
 * Replaces a material of the file by Principled BSDF parameters.
 *
 * @param slot name of the material in the file
 * @param material parameters by their names in Blender 4.x, in lower case with underscores: numbers, or lists of 3 or 4
 *     numbers for colours (linear, 0..1)
 */
public record MaterialOverride(String slot, Map<String, Object> material) {
    public MaterialOverride {
        if (material != null) {
            material = Map.copyOf(material);
        }
    }
}
