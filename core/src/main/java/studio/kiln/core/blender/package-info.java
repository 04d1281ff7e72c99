/** What Kiln knows of Blender: versions, file headers, engines, and the session protocol. */
@NullMarked
package studio.kiln.core.blender;

import org.jspecify.annotations.NullMarked;
