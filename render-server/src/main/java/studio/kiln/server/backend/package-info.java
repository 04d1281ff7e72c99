/** Ways to run Blender: a container or a process, behind one port. */
@NullMarked
package studio.kiln.server.backend;

import org.jspecify.annotations.NullMarked;
