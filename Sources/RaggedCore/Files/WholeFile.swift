package import Foundation

/// A file that is read at once.
package enum WholeFile {
  /// Why a file cannot be read.
  package struct ReadError: Error {
    /// What the system says: `No such file or directory`.
    package let reason: String
    /// No input where the file is not to be had, a fault of input where the disk does not give its contents.
    package let failureClass: FailureClass
  }

  /// The path from the root with all links followed; nil where there is nothing.
  package static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The bytes of a file.
  package static func bytes(_ url: URL) throws(ReadError) -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      guard let code = ((error as? CocoaError)?.underlying as? POSIXError)?.code else {
        throw ReadError(reason: error.localizedDescription, failureClass: .noInput)
      }
      throw ReadError(
        reason: String(cString: strerror(code.rawValue)),
        failureClass: [.EIO, .ENXIO].contains(code) ? .inputOutput : .noInput)
    }
  }
}
