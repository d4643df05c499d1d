import Foundation
import Synchronization

/// The file `NAME.ragged-….part` beside the place of one that is being written, locked by the process that writes it.
///
/// The system lets go of the lock when that process ends, however it ends, and on whatever machine: a file that can be
/// locked has no owner, and is removed. No process number is looked at, which another process may have by now.
struct TemporaryFile {
  let path: String
  let descriptor: Int32

  private static let mark = ".ragged-"
  private static let ending = ".part"
  /// Bytes of a name at most, on all common file systems.
  private static let nameLimit = 255
  /// The folders in which this process has looked for what others left.
  private static let tidied = Mutex<Set<String>>([])

  /// Makes a file that only its owner can read until it has the permissions of the one that it replaces.
  /// - Parameters:
  ///   - place: the file to write in the end.
  ///   - name: what errors call it.
  ///   - status: what is there.
  /// - Throws: ``WriterError``.
  init(beside place: String, named name: String, replacing status: stat?) throws {
    TemporaryFile.removeOrphans(in: TemporaryFile.folder(of: place))
    while true {
      let path = TemporaryFile.path(beside: place)
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status == nil ? 0o666 : 0o600)
      guard descriptor >= 0 else {
        if errno == EEXIST { continue }
        throw WriterError.system("cannot create", path: name, .cannotCreate)
      }
      // Another process may just have looked whether the file has an owner, and have removed it.
      _ = flock(descriptor, LOCK_EX)
      var made = stat()
      guard fstat(descriptor, &made) == 0, made.st_nlink > 0 else {
        close(descriptor)
        continue
      }
      if let status {
        // Only root can give a file away, and what a stranger's file was allowed to run as goes with its owner.
        let isOwned = fchown(descriptor, status.st_uid, status.st_gid) == 0 || made.st_uid == status.st_uid
        _ = fchmod(descriptor, status.st_mode & (isOwned ? 0o7777 : 0o777))
      }
      (self.path, self.descriptor) = (path, descriptor)
      return
    }
  }

  /// The folder of a file: `.` for a name alone.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func path(beside place: String) -> String {
    let end = mark + String(UInt64.random(in: 0 ... .max), radix: 36) + ending
    let start = place.lastIndex(of: "/").map { place.index(after: $0) } ?? place.startIndex
    var name = place[start...]
    while name.utf8.count + end.utf8.count > nameLimit { name.removeLast() }
    return place[..<start] + name + end
  }

  /// Removes what processes that were killed have left in a folder; looks once a process, for a folder may be large.
  private static func removeOrphans(in folder: String) {
    guard let absolute = WholeFile.resolved(folder), tidied.withLock({ $0.insert(absolute).inserted }),
      let names = try? FileManager.default.contentsOfDirectory(atPath: absolute)
    else { return }
    for name in names where isTemporary(name) { removeOrphan(absolute + "/" + name) }
  }

  private static func removeOrphan(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var (opened, named) = (stat(), stat())
    guard fstat(descriptor, &opened) == 0, opened.st_mode & S_IFMT == S_IFREG,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0, lstat(path, &named) == 0, named.st_ino == opened.st_ino,
      named.st_dev == opened.st_dev
    else { return }
    unlink(path)
  }

  /// Whether a name is one of those made here.
  private static func isTemporary(_ name: String) -> Bool {
    guard name.hasSuffix(ending), let mark = name.range(of: mark, options: .backwards) else { return false }
    let random = name[mark.upperBound...].dropLast(ending.count)
    return !random.isEmpty && random.count <= 13 && random.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLowercase) }
  }
}
