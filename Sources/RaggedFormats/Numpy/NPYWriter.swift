import RaggedCore

/// Writes an array as a `.npy` file, which `numpy.load` reads.
public enum NPYWriter {
  /// Writes `array` to `path`, whole or not at all; a file that is there is replaced.
  /// - Throws: `WriterError`.
  public static func write(_ array: NPYArray, to path: String) throws {
    let file = try AtomicFile(path: path)
    try array.header.withUnsafeBytes(file.write)
    try array.elements.withUnsafeBytes(file.write)
    try file.commit()
  }
}
