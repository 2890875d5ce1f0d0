"""What wraps every handler: errors, CORS, compression, JSONP, authorization."""
