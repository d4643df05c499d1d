import ArgumentParser
import Foundation
import Ragged

/// An error of another library that got as far as to the command, in a sentence of our own.
struct ForeignError: RaggedError {
  let message: String
  let failureClass: FailureClass

  /// nil for what the parser of the command line throws to end it, with its own text or without any.
  init?(_ error: any Error) {
    // To the parser what is not its own is a failure.
    guard RaggedCommand.exitCode(for: error) == .failure, !(error is ExitCode) else { return nil }
    switch error {
    case let error as CocoaError: self.init(error)
    case let error as POSIXError:
      self.init(String(cString: strerror(error.code.rawValue)), .inputOutput)
    case is EncodingError:
      self.init("a figure cannot be written as text; this is a fault of ragged itself", .software)
    case is DecodingError:
      self.init("a text that was kept cannot be read; this is a fault of ragged itself", .software)
    default:
      self.init("\(type(of: error)): \(error); this is a fault of ragged itself", .software)
    }
  }

  private init(_ error: CocoaError) {
    let path = (error.userInfo[NSFilePathErrorKey] as? String).map { $0 + ": " } ?? ""
    let cause = (error.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: self.init(path + "there is no such file", .noInput)
    case .fileReadNoPermission: self.init(path + "cannot be read: \(cause ?? "permission denied")", .noInput)
    case .fileWriteNoPermission, .fileWriteVolumeReadOnly, .fileWriteFileExists:
      self.init(path + "cannot be written: \(cause ?? "permission denied")", .cannotCreate)
    case .fileWriteOutOfSpace: self.init(path + "cannot be written: \(cause ?? "the disk is full")", .inputOutput)
    default: self.init(path + "reading or writing failed: \(cause ?? error.localizedDescription)", .inputOutput)
    }
  }

  private init(_ message: String, _ failureClass: FailureClass) {
    (self.message, self.failureClass) = (message, failureClass)
  }
}
