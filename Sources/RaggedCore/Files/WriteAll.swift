import Foundation

extension UnsafeRawBufferPointer {
  /// Writes all bytes, however many calls that takes.
  /// - Returns: 0, or the system's code for what went wrong.
  package func writeAll(to descriptor: Int32) -> Int32 {
    var rest = self[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let written = Foundation.write(descriptor, start, Swift.min(rest.count, 1 << 30))
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
