public import Foundation
public import RaggedCore
import RaggedFormats
import RaggedProtobuf
import SwiftProtobuf

/// A file of events in a folder that TensorBoard watches. What is written can be read at once, also while more comes.
///
/// A class, because it owns a file descriptor.
public final class TensorBoardWriter {
  /// The file.
  public let path: String
  private let descriptor: Int32
  private let now: () -> Double

  /// Begins a file in a folder, which is made where it is not there.
  /// - Parameters:
  ///   - folder: where the file is made; the folder is made where it is not there.
  ///   - now: seconds since 1970.
  /// - Throws: ``ExchangeError`` where that cannot be done.
  public init(folder: String, now: @escaping () -> Double = { Date().timeIntervalSince1970 }) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ExchangeError(.unwritable, "\(folder): cannot make the folder")
    }
    // The name's last parts tell files of one second apart; TensorBoard reads them in the order of their names.
    let seconds = String(Int(max(0, now())))
    let start =
      "\(folder)/events.out.tfevents.\(String(repeating: "0", count: max(0, 10 - seconds.count)))\(seconds).ragged"
    var (number, opened, path) = (0, Int32(-1), "")
    repeat {
      path = "\(start).\(number)"
      opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
      number += 1
    } while opened < 0 && errno == EEXIST && number < 10_000
    guard opened >= 0 else {
      throw ExchangeError(.unwritable, "\(path): cannot create: \(String(cString: strerror(errno)))")
    }
    (self.path, descriptor, self.now) = (path, opened, now)
    do {
      try write(step: 0) { $0.fileVersion = "brain.Event:2" }
    } catch {
      unlink(path)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Whether a folder holds events already.
  public static func isInUse(_ folder: String) -> Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return names?.contains { $0.contains(".tfevents.") } ?? false
  }

  /// Says that a run goes on with a step: what other files of the folder hold of it and of later ones counts no longer.
  /// - Throws: ``ExchangeError`` where the file cannot be written.
  public func restart(at step: Int) throws {
    try write(step: step) { $0.sessionLog.status = .start }
  }

  /// Figures of a step, by name.
  /// - Throws: ``ExchangeError`` where the file cannot be written.
  public func scalars(_ values: [(name: String, value: Double)], step: Int) throws {
    guard !values.isEmpty else { return }
    try write(step: step) { event in
      event.summary.value = values.map { name, value in
        var entry = TFSummary.Value()
        entry.tag = name
        entry.simpleValue = Float(value)
        return entry
      }
    }
  }

  /// How many sequences have which length, in at most 64 bars.
  /// - Throws: ``ExchangeError`` where the file cannot be written.
  public func histogram(_ name: String, of lengths: LengthStatistics, step: Int) throws {
    guard let minimum = lengths.minimum, let maximum = lengths.maximum else { return }
    let bins = lengths.histogram(bins: 64)
    try write(step: step) { event in
      var entry = TFSummary.Value()
      entry.tag = name
      entry.histo.min = Double(minimum)
      entry.histo.max = Double(maximum)
      entry.histo.num = Double(lengths.count)
      entry.histo.sum = lengths.entries.reduce(0) { $0 + Double($1.length) * Double($1.count) }
      entry.histo.sumSquares = lengths.entries.reduce(0) {
        $0 + Double($1.length) * Double($1.length) * Double($1.count)
      }
      entry.histo.bucketLimit = bins.map { Double($0.upper) + 0.5 }
      entry.histo.bucket = bins.map { Double($0.count) }
      event.summary.value = [entry]
    }
  }

  /// A text, which TensorBoard shows as Markdown.
  /// - Throws: ``ExchangeError`` where the file cannot be written.
  public func text(_ name: String, _ markdown: String, step: Int) throws {
    try write(step: step) { event in
      var entry = TFSummary.Value()
      entry.tag = name
      entry.metadata.pluginData.pluginName = "text"
      entry.tensor.dtype = 7
      entry.tensor.tensorShape = TFTensorShapeProto()
      entry.tensor.stringVal = [Data(markdown.utf8)]
      event.summary.value = [entry]
    }
  }

  /// Writes an event in one piece, so that a reader seldom finds half of it.
  private func write(step: Int, _ fill: (inout TFEvent) -> Void) throws {
    var event = TFEvent()
    event.wallTime = now()
    event.step = Int64(step)
    fill(&event)
    let record: [UInt8]
    do { record = try event.serializedBytes() } catch {
      throw ExchangeError(.unwritable, "\(path): cannot encode an event: \(error)")
    }
    let end = lseek(descriptor, 0, SEEK_END)
    do {
      try TFRecordFrame.framed(record).withUnsafeBytes { try AtomicFile.write($0, to: descriptor, path: path) }
    } catch let error as WriterError {
      // Behind half an event nothing could be read any more.
      if end >= 0 { _ = ftruncate(descriptor, end) }
      throw ExchangeError(.cutShort, error.message)
    }
  }
}
